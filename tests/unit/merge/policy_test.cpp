// Which policy a field in conflict follows.
#include "support.hpp"
#include "sync/merge/book_settings.hpp"

using namespace sitelog;

namespace {

struct Layers {
  std::optional<Policy> campaign, unit, unit_field;
};

Policy policy_under(const Layers& layers) {
  TestCatalogue catalogue;
  if (layers.campaign) catalogue.policies["c/event/title"] = *layers.campaign;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  Values said;
  if (layers.unit) said["*"] = std::string(name_of(*layers.unit));
  if (layers.unit_field) said["title"] = std::string(name_of(*layers.unit_field));
  settings.learn(told(kFormPolicy, RecordId{}, said));
  return settings.policy("event", "c", "title");
}

constexpr auto kNone = std::nullopt;

}  // namespace

TEST_CASE("A field's policy: the unit's for the field, then the unit's, the campaign's, latest") {
  struct Case {
    Layers layers;
    Policy expected;
  };
  for (const Case& one : std::vector<Case>{
           {{kNone, kNone, kNone}, Policy::kLatest},
           {{Policy::kAsk, kNone, kNone}, Policy::kAsk},
           {{kNone, Policy::kSite, kNone}, Policy::kSite},
           {{kNone, kNone, Policy::kHeadquarters}, Policy::kHeadquarters},
           {{Policy::kAsk, Policy::kSite, kNone}, Policy::kSite},
           {{Policy::kAsk, kNone, Policy::kSite}, Policy::kSite},
           {{kNone, Policy::kSite, Policy::kAsk}, Policy::kAsk},
           {{Policy::kAsk, Policy::kSite, Policy::kLatest}, Policy::kLatest},
           // What follows from the field's type yields to no more than a word on that very field.
           {{Policy::kMax, kNone, kNone}, Policy::kMax},
           {{Policy::kMax, Policy::kSite, kNone}, Policy::kMax},
           {{Policy::kMin, Policy::kAsk, kNone}, Policy::kMin},
           {{Policy::kUnion, Policy::kHeadquarters, kNone}, Policy::kUnion},
           {{Policy::kMax, Policy::kSite, Policy::kAsk}, Policy::kAsk},
           {{Policy::kMax, Policy::kSite, Policy::kMin}, Policy::kMin},
           {{Policy::kAsk, Policy::kUnion, kNone}, Policy::kUnion},
       }) {
    const auto word = [](const std::optional<Policy>& policy) {
      return policy ? name_of(*policy) : "none";
    };
    INFO("campaign " << word(one.layers.campaign) << ", unit " << word(one.layers.unit)
                     << ", unit and field " << word(one.layers.unit_field));
    CHECK(name_of(policy_under(one.layers)) == name_of(one.expected));
  }
}

TEST_CASE("A campaign's policy holds for its own records, form and field only") {
  TestCatalogue catalogue;
  catalogue.policies["c/event/title"] = Policy::kAsk;
  const BookSettings settings(kTestBook, kHeadquarters, catalogue);
  CHECK(settings.policy("event", "c", "title") == Policy::kAsk);
  CHECK(settings.policy("event", "d", "title") == Policy::kLatest);
  CHECK(settings.policy("work", "c", "title") == Policy::kLatest);
  CHECK(settings.policy("event", "c", "place") == Policy::kLatest);
}

TEST_CASE("A policy that is changed or taken back holds no longer") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  const auto learn = [&](const Values& said) {
    return settings.learn(told(kFormPolicy, RecordId{}, said)).reshow;
  };
  CHECK(learn({{"*", "site"}, {"title", "ask"}}));
  CHECK_FALSE(learn({{"*", "site"}, {"title", "ask"}}));
  CHECK(learn({{"*", "site"}, {"title", Value()}}));
  CHECK(settings.policy("event", "", "title") == Policy::kSite);
  CHECK(learn({{"*", Value()}}));
  CHECK(settings.policy("event", "", "title") == Policy::kLatest);
}

TEST_CASE("A policy of an unknown name or a wrong kind is as good as none") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  CHECK_FALSE(settings
                  .learn(told(kFormPolicy, RecordId{},
                              {{"*", "newest"}, {"title", 3}, {"place", Structure{{"a", "ask"}}}}))
                  .reshow);
  for (const char* field : {"title", "place", "note"}) {
    CHECK(settings.policy("event", "", field) == Policy::kLatest);
  }
}

TEST_CASE("The campaign that a record shows decides which campaign's policies hold for it") {
  TestCatalogue catalogue;
  catalogue.policies["c/event/title"] = Policy::kMin;
  catalogue.policies["c/event/count"] = Policy::kMax;
  const BookSettings settings(kTestBook, kHeadquarters, catalogue);
  World world;
  world.author(1, {{"_campaign", "c"}, {"count", 1}});
  world.send_all_to_all();
  world.author(1, {{"count", 9}});
  world.author(2, {{"count", 2}});
  CHECK(merge_record(world.all(), settings).integer("count") == 9);
  world.author(3, {{"_campaign", "d"}});
  CHECK(merge_record(world.all(), settings).integer("count") == 2);
}

TEST_CASE("Reserved fields in conflict show the latest whatever the unit's policy") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  settings.learn(told(kFormPolicy, RecordId{}, {{"*", "ask"}, {"_void", "site"}}));
  World world;
  world.author(1, {{"_void", "one"}, {"title", "one"}});
  world.author(0, {{"_void", "two"}, {"title", "two"}});
  const RecordState state = merge_record(world.all(), settings);
  CHECK(state.text("_void") == "two");
  CHECK(state.conflicts.at("_void").policy == Policy::kLatest);
  CHECK(state.conflicts.at("title").policy == Policy::kAsk);
}

TEST_CASE("A changed policy shows another candidate and changes nothing else") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const RecordState before = merge_record(world.all(), every_policy());
    FixedPolicies policies;
    policies.other = static_cast<Policy>(*rc::gen::inRange(0, 7));
    RecordState after = merge_record(world.all(), policies);
    for (auto& [field, conflict] : after.conflicts) {
      const Conflict& old = before.conflicts.at(field);
      RC_ASSERT(conflict.candidates == old.candidates);
      RC_ASSERT(is_reserved_field(field) || conflict.policy == policies.other);
      conflict.policy = old.policy;
      conflict.shown = old.shown;
      after.fields.at(field).shown = before.fields.at(field).shown;
    }
    RC_ASSERT(after == before);
  });
}

TEST_CASE("What headquarters lays down follows fixed rules, never the policies it lays down") {
  for (const auto form : {kFormGrant, kFormPolicy, kFormClock, kFormUnit, kFormCampaign}) {
    World world;
    world.set_form(std::string(form));
    world.author(0, {{"*", "ask"}});
    world.author(1, {{"*", "site"}});
    const RecordState expected = merge_record(world.all(), FixedPolicies{});
    CHECK(expected.text("*") == "site");
    for (int policy = 0; policy <= static_cast<int>(Policy::kUnion); ++policy) {
      FixedPolicies policies;
      policies.other = static_cast<Policy>(policy);
      INFO(form << " under " << name_of(policies.other));
      CHECK(merge_record(world.all(), policies) == expected);
    }
  }
}
