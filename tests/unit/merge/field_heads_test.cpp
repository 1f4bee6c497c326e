#include "sync/merge/field_heads.hpp"

#include <chrono>
#include <set>

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

namespace {

// Two values, each written on top of both before: a ladder of `rungs`, that never meet.
Field ladder(int rungs) {
  Field field;
  field.set(1, "settled");
  for (int rung = 1; rung <= rungs; ++rung) {
    const std::vector<int> below =
        rung == 1 ? std::vector<int>{1} : std::vector<int>{2 * rung - 2, 2 * rung - 1};
    field.set(2 * rung, 2 * rung, below).set(2 * rung + 1, 2 * rung + 1, below);
  }
  return field;
}

// `docs/merge.md` word by word, with sets.
std::optional<Value> settled_by_the_book(const std::map<int, std::pair<int, std::set<int>>>& made) {
  const auto unreplaced = [&](const std::set<int>& among) {
    std::set<int> out = among;
    for (const int one : among) {
      for (const int replaced : made.at(one).second) out.erase(replaced);
    }
    return out;
  };
  std::set<int> level;
  for (const auto& [number, of] : made) level.insert(number);
  for (level = unreplaced(level); !level.empty();) {
    std::set<int> values;
    for (const int number : level) values.insert(made.at(number).first);
    if (values.size() == 1) return Value(*values.begin());
    std::map<int, size_t> rests;
    for (const int number : level) {
      std::set<int> before;
      std::vector<int> open{number};
      while (!open.empty()) {
        const int next = open.back();
        open.pop_back();
        for (const int replaced : made.at(next).second) {
          if (before.insert(replaced).second) open.push_back(replaced);
        }
      }
      for (const int one : before) ++rests[one];
    }
    std::set<int> common;
    for (const auto& [number, count] : rests) {
      if (count == level.size()) common.insert(number);
    }
    level = unreplaced(common);
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("ask shows what the words of the manual say, whatever was written on what") {
  rc::prop("for random assignments", [] {
    const int count = *rc::gen::inRange(1, 24);
    std::map<int, std::pair<int, std::set<int>>> made;
    Field field;
    for (int number = 1; number <= count; ++number) {
      std::set<int> replaces;
      const int links = *rc::gen::inRange(0, 4);
      for (int i = 0; i < links && number > 1; ++i) {
        replaces.insert(*rc::gen::inRange(std::max(1, number - 6), number));
      }
      const int value = *rc::gen::inRange(0, 4);
      made[number] = {value, replaces};
      field.set(number, value, {replaces.begin(), replaces.end()});
    }
    RC_ASSERT(field.heads.shown(Policy::kAsk) == settled_by_the_book(made));
  });
}

TEST_CASE("ask looks back over 64 decisions taken in parallel, and no further") {
  CHECK(ladder(64).heads.shown(Policy::kAsk) == Value("settled"));
  CHECK_FALSE(ladder(65).heads.shown(Policy::kAsk));
}

TEST_CASE("ask shows nothing while more than 64 candidates wait for a decision") {
  Field field;
  field.set(1, "settled");
  for (int number = 2; number <= 65; ++number) field.set(number, number, {1});
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
  field.set(66, 66, {1});
  CHECK_FALSE(field.heads.shown(Policy::kAsk));
  field.set(67, "decided", {2, 3});
  CHECK(field.heads.shown(Policy::kAsk) == Value("settled"));
}

// Each of these took minutes when what they cost grew with the square.
TEST_CASE("A ladder of 40,000 assignments and 20,000 candidates are merged in no time") {
  const auto begun = std::chrono::steady_clock::now();
  const Field high = ladder(20'000);
  CHECK_FALSE(high.heads.shown(Policy::kAsk));
  CHECK(high.heads.heads().size() == 2);
  Field wide;
  for (int number = 1; number <= 20'000; ++number) wide.set(number, number);
  for (int policy = 0; policy <= static_cast<int>(Policy::kUnion); ++policy) {
    (void)wide.heads.shown(static_cast<Policy>(policy));
  }
  CHECK(wide.heads.heads().size() == 20'000);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

// Far down on one side something lies that the other never knew: it is looked for at every level.
TEST_CASE("ask goes back over long ways that lead nowhere, no more than 64 times") {
  Field field;
  constexpr int kWay = 5'000;
  field.set(1, 0);
  for (int number = 2; number <= kWay; ++number) field.set(number, number, {number - 1});
  int left = kWay, right = kWay - 1;
  for (int number = kWay + 1; number < kWay + 201; number += 4) {
    field.set(number, number).set(number + 1, number + 1);  // roots of one side only
    field.set(number + 2, number + 2, {left, right, number});
    field.set(number + 3, number + 3, {left, right, number + 1});
    left = number + 2;
    right = number + 3;
  }
  const auto begun = std::chrono::steady_clock::now();
  CHECK(field.heads.shown(Policy::kAsk) == Value(kWay));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
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
