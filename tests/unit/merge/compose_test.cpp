#include <algorithm>

#include "support.hpp"
#include "sync/merge/document.hpp"

using namespace sitelog;

namespace {

const Assignment* assignment_of(const Entry& entry, const std::string& field) {
  const auto at = std::find_if(entry.assignments.begin(), entry.assignments.end(),
                               [&](const Assignment& made) { return made.field == field; });
  return at != entry.assignments.end() ? &*at : nullptr;
}

World in_conflict() {
  World world;
  world.author(1, {{"title", "one"}, {"place", "here"}});
  world.send_all_to_all();
  world.author(1, {{"title", "two"}});
  world.author(2, {{"title", "three"}});
  world.send_all_to_all();
  return world;
}

}  // namespace

TEST_CASE("The first entry of a record refers to nothing") {
  const Entry entry = compose(nullptr, kTestRecord, "event", {{"title", "one"}, {"n", 1}});
  CHECK(entry.record == kTestRecord);
  CHECK(entry.form == "event");
  CHECK(entry.parents.empty());
  REQUIRE(entry.assignments.size() == 2);
  for (const auto& assignment : entry.assignments) CHECK(assignment.replaces.empty());
}

TEST_CASE("An author's entry leaves out what is already so") {
  World world;
  world.author(1, {{"title", "one"}, {"place", "here"}, {"n", 1}, {"gone", Value()}});
  const auto next = world.author(
      1, {{"title", "one"}, {"place", "there"}, {"n", 1}, {"gone", Value()}, {"more", true}});
  REQUIRE(next);
  CHECK(next->entry.assignments.size() == 2);
  CHECK(assignment_of(next->entry, "place") != nullptr);
  CHECK(assignment_of(next->entry, "more") != nullptr);
  CHECK_FALSE(world.author(1, {{"title", "one"}, {"place", "there"}, {"gone", Value()}}));
}

TEST_CASE("A value of another kind is a change") {
  World world;
  world.author(1, {{"n", 1}});
  CHECK(world.author(1, {{"n", "1"}}));
}

TEST_CASE("An entry follows all tips and replaces all candidates of a conflict it decides") {
  World world = in_conflict();
  const RecordState before = *world.state(3);
  REQUIRE(before.tips.size() == 2);
  const auto decision = world.author(3, {{"title", "decided"}});
  REQUIRE(decision);
  CHECK(decision->entry.parents == before.tips);
  const auto& candidates = before.fields.at("title").heads;
  CHECK(assignment_of(decision->entry, "title")->replaces ==
        std::vector(candidates.begin(), candidates.end()));
  CHECK(world.state(3)->conflicts.empty());
}

TEST_CASE("Deciding for the value that is shown is an entry too") {
  World world = in_conflict();
  const Value shown = *world.state(3)->conflicts.at("title").shown;
  const auto decision = world.author(3, {{"title", shown}});
  REQUIRE(decision);
  CHECK(assignment_of(decision->entry, "title")->replaces.size() == 2);
  CHECK(world.state(3)->conflicts.empty());
}

TEST_CASE("An edit of another field leaves a conflict as it stands") {
  World world = in_conflict();
  const auto candidates = world.state(3)->conflicts.at("title").candidates;
  world.author(3, {{"place", "there"}});
  CHECK(world.state(3)->conflicts.at("title").candidates == candidates);
  CHECK(world.state(3)->tips.size() == 1);
}

TEST_CASE("Equal heads are all replaced by the next value") {
  World world;
  world.author(1, {{"title", "same"}});
  world.author(2, {{"title", "same"}});
  world.send_all_to_all();
  CHECK_FALSE(world.author(3, {{"title", "same"}}));
  const auto next = world.author(3, {{"title", "new"}});
  REQUIRE(next);
  CHECK(next->entry.assignments.front().replaces.size() == 2);
  CHECK(world.state(3)->conflicts.empty());
}

TEST_CASE("An author needs no history: what is kept of a record composes the same entry") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const RecordState state = merge_record(world.all(), every_policy());
    const StoredRecord kept = to_stored(state, kTestBook);
    const RecordState reread = from_stored(kTestRecord, state.form, kept.state, kept.heads);
    for (const Values& values :
         {Values{{"title", "v1"}, {"participants", 10}}, Values{{"answer", Value()}},
          Values{{"teams", TextList{"一队"}}, {"_campaign", "v2"}, {"_void", Value()}}}) {
      RC_ASSERT(compose(&state, kTestRecord, state.form, values) ==
                compose(&reread, kTestRecord, state.form, values));
    }
  });
}

TEST_CASE("What an author has seen and changes is settled on the author's values") {
  rc::prop("for random histories", [](const Script& script) {
    World world = play(script);
    const int device = *rc::gen::inRange(0, World::kDevices);
    const Values values{{"title", "mine"}, {"participants", 77}, {"answer", Value()}};
    world.author(device, values);
    const RecordState state = *world.state(device);
    for (const auto& [field, value] : values) {
      RC_ASSERT_FALSE(state.conflicts.contains(field));
      RC_ASSERT(state.fields.at(field).shown == value);
    }
    RC_ASSERT(state.tips.size() == 1u);
  });
}

TEST_CASE("A record can be voided, and unvoided, and says why") {
  World world;
  world.author(1, {{"title", "one"}});
  CHECK_FALSE(world.state(1)->voided());
  world.author(1, {{std::string(kFieldVoid), "重复填报"}});
  CHECK(world.state(1)->voided());
  CHECK(world.state(1)->text(kFieldVoid) == "重复填报");
  CHECK(world.state(1)->text("title") == "one");
  world.author(1, {{std::string(kFieldVoid), Value()}});
  CHECK_FALSE(world.state(1)->voided());
}

TEST_CASE("Voiding at once with an edit keeps both") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all_to_all();
  world.author(1, {{std::string(kFieldVoid), "重复"}});
  world.author(2, {{"title", "two"}});
  const RecordState state = merge_record(world.all(), every_policy());
  CHECK(state.voided());
  CHECK(state.text("title") == "two");
  CHECK(state.conflicts.empty());
}

TEST_CASE("A field that is cleared or of another kind reads as empty") {
  World world;
  world.author(1, {{"title", Value()}, {"n", "text"}, {"t", 5}, {"flag", true}});
  const RecordState state = *world.state(1);
  CHECK(state.shown("title") == nullptr);
  CHECK(state.shown("never") == nullptr);
  CHECK(state.integer("n") == 0);
  CHECK(state.text("t").empty());
  CHECK(state.integer("t") == 5);
  CHECK(state.campaign().empty());
}
