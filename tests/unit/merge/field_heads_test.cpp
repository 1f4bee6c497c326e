#include "sync/merge/field_heads.hpp"

#include "support.hpp"

using namespace sitelog;

namespace {

// Assignments of one field by number: 1, 2, 3 …; later numbers are written later.
struct Field {
  FieldHeads heads;

  Field& set(int number, Value value, const std::vector<int>& replaces = {},
             bool by_authority = false) {
    return set_at(number, number * 1000, std::move(value), replaces, by_authority);
  }
  Field& set_at(int number, int64_t when_ms, Value value, const std::vector<int>& replaces = {},
                bool by_authority = false) {
    Origin origin;
    origin.entry = entry_number(number);
    origin.by_authority = by_authority;
    origin.when = {when_ms};
    std::vector<EntryName> names;
    for (const int replaced : replaces) names.push_back(entry_number(replaced));
    heads.add(origin, value, names);
    return *this;
  }
};

constexpr bool kHq = true;

}  // namespace

TEST_CASE("An assignment that replaces another takes its place") {
  Field field;
  field.set(1, "a").set(2, "b", {1});
  CHECK_FALSE(field.heads.in_conflict());
  CHECK(field.heads.shown(Policy::kLatest) == Value("b"));
  CHECK(field.heads.heads().size() == 1);
}

TEST_CASE("A field rests on what is missing until every replaced assignment is there") {
  Field field;
  field.set(2, "b", {1});
  CHECK_FALSE(field.heads.whole());
  CHECK(field.heads.shown(Policy::kAsk) == Value("b"));
  field.set(1, "a");
  CHECK(field.heads.whole());
}

TEST_CASE("A field of which nothing is known shows nothing") {
  const FieldHeads heads;
  CHECK_FALSE(heads.in_conflict());
  CHECK_FALSE(heads.shown(Policy::kLatest));
  CHECK_FALSE(heads.shown(Policy::kUnion));
}

TEST_CASE("latest shows the candidate written last by corrected clock") {
  Field field;
  field.set_at(1, 3000, "last").set_at(2, 1000, "first").set_at(3, 2000, "middle");
  CHECK(field.heads.shown(Policy::kLatest) == Value("last"));
}

TEST_CASE("Candidates written at one moment fall to the hybrid clock, then to the entry's name") {
  Origin a, b;
  a.entry = entry_number(1);
  b.entry = entry_number(2);
  a.when = b.when = {1000};
  a.hybrid = {1000, 1};
  b.hybrid = {1000, 0};
  CHECK(written_before(b, a));
  CHECK_FALSE(written_before(a, b));
  b.hybrid = a.hybrid;
  CHECK(written_before(a, b));
  CHECK_FALSE(written_before(b, a));
  CHECK_FALSE(written_before(a, a));

  Field field;
  field.set_at(2, 1000, "two").set_at(1, 1000, "one");
  CHECK(field.heads.shown(Policy::kLatest) == Value("two"));
}

TEST_CASE("site shows the latest candidate of a site though headquarters wrote later") {
  Field field;
  field.set(1, "site early").set(2, "site late").set(3, "headquarters", {}, kHq);
  CHECK(field.heads.shown(Policy::kSite) == Value("site late"));
}

TEST_CASE("headquarters shows headquarters' candidate though a site wrote later") {
  Field field;
  field.set(1, "early", {}, kHq).set(2, "late", {}, kHq).set(3, "site");
  CHECK(field.heads.shown(Policy::kHeadquarters) == Value("late"));
}

TEST_CASE("Where the preferred side wrote none of the candidates the latest is shown") {
  Field sites;
  sites.set(1, "one").set(2, "two");
  CHECK(sites.heads.shown(Policy::kHeadquarters) == Value("two"));
  Field headquarters;
  headquarters.set(1, "one", {}, kHq).set(2, "two", {}, kHq);
  CHECK(headquarters.heads.shown(Policy::kSite) == Value("two"));
}

TEST_CASE("ask keeps the last settled value until a person decides") {
  Field field;
  field.set(1, "old").set(2, "settled", {1}).set(3, "a", {2}).set(4, "b", {2});
  CHECK(field.heads.in_conflict());
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
  field.set(5, "decided", {3, 4});
  CHECK(field.heads.shown(Policy::kAsk) == Value("decided"));
}

TEST_CASE("ask goes back past edits that each side made by itself") {
  Field field;
  field.set(1, "settled").set(2, "a", {1}).set(3, "a2", {2}).set(4, "a3", {3}).set(5, "b", {1});
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
}

TEST_CASE("ask goes back past a conflict that was decided differently at two places") {
  Field field;
  field.set(1, "settled").set(2, "a", {1}).set(3, "b", {1});
  field.set(4, "here", {2, 3}).set(5, "there", {2, 3});
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
  field.set(6, "here again", {4, 5}).set(7, "there again", {4, 5});
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
}

TEST_CASE("ask takes equal values that two sides rest on for settled") {
  Field field;
  field.set(1, "old").set(2, "same", {1}).set(3, "same", {1});
  field.set(4, "a", {2, 3}).set(5, "b", {2, 3});
  CHECK(field.heads.shown(Policy::kAsk) == Value("same"));
}

TEST_CASE("ask shows a clearing as the last settled value") {
  Field field;
  field.set(1, "old").set(2, Value(), {1}).set(3, "a", {2}).set(4, "b", {2});
  CHECK(field.heads.shown(Policy::kAsk) == Value());
}

TEST_CASE("ask shows nothing where no value was ever settled") {
  Field field;
  field.set(1, "a").set(2, "b");
  CHECK_FALSE(field.heads.shown(Policy::kAsk));
  field.set(3, "c", {1}).set(4, "d", {2});
  CHECK_FALSE(field.heads.shown(Policy::kAsk));
}

TEST_CASE("ask shows nothing where one side never knew of what the others rest on") {
  Field field;
  field.set(1, "settled").set(2, "a", {1}).set(3, "b", {1}).set(4, "newcomer");
  CHECK_FALSE(field.heads.shown(Policy::kAsk));
}

TEST_CASE("max and min show the greatest and the least number") {
  Field field;
  field.set(1, 30).set(2, 9).set(3, 10);
  CHECK(field.heads.shown(Policy::kMax) == Value(30));
  CHECK(field.heads.shown(Policy::kMin) == Value(9));
}

TEST_CASE("max and min look at present candidates, not at what they replaced") {
  Field field;
  field.set(1, 1000).set(2, 10, {1}).set(3, 20, {1});
  CHECK(field.heads.shown(Policy::kMax) == Value(20));
}

TEST_CASE("max and min pass over candidates that are no numbers") {
  Field field;
  field.set(1, 7).set(2, "900").set(3, Value()).set(4, 5);
  CHECK(field.heads.shown(Policy::kMax) == Value(7));
  CHECK(field.heads.shown(Policy::kMin) == Value(5));
}

TEST_CASE("max, min and union of candidates of other types show the latest") {
  Field field;
  field.set(1, "one").set(2, "two").set(3, Value());
  CHECK(field.heads.shown(Policy::kMax) == Value());
  CHECK(field.heads.shown(Policy::kMin) == Value());
  CHECK(field.heads.shown(Policy::kUnion) == Value());
  field.set(4, "four", {3});
  CHECK(field.heads.shown(Policy::kMax) == Value("four"));
  CHECK(field.heads.shown(Policy::kUnion) == Value("four"));
}

TEST_CASE("union shows every item of every candidate once, ascending") {
  Field field;
  field.set(1, TextList{"c", "a"}).set(2, TextList{"b", "a"}).set(3, TextList{});
  CHECK(field.heads.shown(Policy::kUnion) == Value(TextList{"a", "b", "c"}));
}

TEST_CASE("union passes over candidates that are no lists") {
  Field field;
  field.set(1, TextList{"a"}).set(2, "text").set(3, Value());
  CHECK(field.heads.shown(Policy::kUnion) == Value(TextList{"a"}));
}

TEST_CASE("Whatever the policy shows, every candidate stays listed") {
  Field field;
  field.set(1, 30).set(2, "text").set(3, TextList{"a"}, {}, kHq).set(4, Value());
  for (int policy = 0; policy <= static_cast<int>(Policy::kUnion); ++policy) {
    (void)field.heads.shown(static_cast<Policy>(policy));
    CHECK(field.heads.heads().size() == 4);
    CHECK(field.heads.in_conflict());
  }
}

TEST_CASE("A policy is read back from its name") {
  for (int i = 0; i <= static_cast<int>(Policy::kUnion); ++i) {
    const auto policy = static_cast<Policy>(i);
    CHECK(parse_policy(name_of(policy)) == policy);
  }
  CHECK_FALSE(parse_policy("newest"));
  CHECK_FALSE(parse_policy(""));
  CHECK_FALSE(follows_from_type(Policy::kAsk));
  CHECK(follows_from_type(Policy::kMax));
  CHECK(follows_from_type(Policy::kUnion));
}
