// The laws of docs/merge.md over random histories: several devices, headquarters among them, that
// edit, clear, void, decide and review one record, each on whatever it has seen.
#include <algorithm>
#include <set>

#include "support.hpp"
#include "sync/merge/document.hpp"

using namespace sitelog;

namespace {

RecordState merged(const History& history) {
  return merge_record(history, every_policy());
}

FieldHeads heads_in(const History& history, const std::string& field) {
  FieldHeads out;
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) {
      if (assignment.field == field) out.add(item.origin, assignment.value, assignment.replaces);
    }
  }
  return out;
}

FieldHeads together(FieldHeads a, const FieldHeads& b) {
  a.merge(b);
  return a;
}

// `history` dealt out to three, entries going to more than one at times.
std::array<History, 3> dealt(const History& history) {
  std::array<History, 3> out;
  for (const HistoryEntry& item : history) {
    const int to = *rc::gen::inRange(1, 8);
    for (size_t i = 0; i < 3; ++i) {
      if ((to >> i & 1) != 0) out[i].push_back(item);
    }
  }
  return out;
}

// A random history that all have seen, with at least one conflict in the end.
World in_conflict(const Script& script) {
  World world = play(script);
  world.send_all_to_all();
  world.author(1, {{"title", "here"}, {"teams", TextList{"here"}}});
  world.author(2, {{"title", "there"}});
  world.send_all_to_all();
  return world;
}

std::set<EntryName> names_of(const std::vector<const Candidate*>& candidates) {
  std::set<EntryName> out;
  for (const Candidate* candidate : candidates) out.insert(candidate->origin.entry);
  return out;
}

std::set<EntryName> names(const std::vector<Candidate>& candidates) {
  std::set<EntryName> out;
  for (const Candidate& candidate : candidates) out.insert(candidate.origin.entry);
  return out;
}

}  // namespace

TEST_CASE("The same entries merge to the same state in any order, however often they arrive") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const RecordState state = merged(world.all());
    RC_CLASSIFY(!state.conflicts.empty(), "in conflict");
    RC_CLASSIFY(state.tips.size() > 1, "parallel");
    RC_ASSERT(merged(arriving(world.all(), *rc::gen::arbitrary<uint64_t>())) == state);
  });
}

TEST_CASE("Any part of a history merges the same in any order, even with gaps in it") {
  rc::prop("for random replicas", [](const Script& script) {
    const World world = play(script);
    for (int device = 0; device < World::kDevices; ++device) {
      if (world.seen(device).empty()) continue;
      const auto again = arriving(world.seen(device), *rc::gen::arbitrary<uint64_t>());
      RC_ASSERT(merged(again) == merged(world.seen(device)));
    }
  });
}

TEST_CASE("Replicas that have seen the same entries show the same") {
  rc::prop("for random histories", [](const Script& script) {
    World world = play(script);
    world.send_all_to_all();
    for (int device = 1; device < World::kDevices; ++device) {
      RC_ASSERT(world.state(device) == world.state(0));
    }
  });
}

TEST_CASE("Joining what is known of a field is commutative, associative and idempotent") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const auto parts = dealt(world.all());
    for (const auto& field : fields_of(world.all())) {
      const FieldHeads a = heads_in(parts[0], field);
      const FieldHeads b = heads_in(parts[1], field);
      const FieldHeads c = heads_in(parts[2], field);
      RC_ASSERT(together(a, b) == together(b, a));
      RC_ASSERT(together(together(a, b), c) == together(a, together(b, c)));
      RC_ASSERT(together(a, a) == a);
      RC_ASSERT(together(a, FieldHeads()) == a);
      RC_ASSERT(together(together(a, b), c) == heads_in(world.all(), field));
    }
  });
}

TEST_CASE("The heads of a field are exactly the assignments that no other replaces") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const RecordState state = merged(world.all());
    for (const auto& field : fields_of(world.all())) {
      const auto expected = plain_heads(world.all(), field);
      std::vector<EntryName> listed;
      for (const auto& [name, value] : expected) listed.push_back(name);
      const auto& heads = state.fields.at(field).heads;
      RC_ASSERT(std::vector(heads.begin(), heads.end()) == listed);
      RC_ASSERT_FALSE(listed.empty());
    }
  });
}

TEST_CASE("A conflict lists every head with its value and its author") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const RecordState state = merged(world.all());
    std::map<EntryName, const HistoryEntry*> by_name;
    for (const HistoryEntry& item : world.all()) by_name[item.origin.entry] = &item;
    for (const auto& field : fields_of(world.all())) {
      const auto heads = plain_heads(world.all(), field);
      const bool differ = std::any_of(heads.begin(), heads.end(), [&](const auto& head) {
        return head.second != heads.begin()->second;
      });
      RC_ASSERT(state.conflicts.contains(field) == differ);
      if (!differ) continue;
      const Conflict& conflict = state.conflicts.at(field);
      RC_ASSERT(conflict.field == field);
      RC_ASSERT(conflict.shown == state.fields.at(field).shown);
      RC_ASSERT(conflict.candidates.size() == heads.size());
      for (const Candidate& candidate : conflict.candidates) {
        RC_ASSERT(candidate.value == heads.at(candidate.origin.entry));
        RC_ASSERT(candidate.origin == by_name.at(candidate.origin.entry)->origin);
      }
    }
  });
}

TEST_CASE("A value leaves the candidates only when an entry that replaces it arrives") {
  rc::prop("for random arrivals", [](const Script& script) {
    const World world = play(script);
    const auto fields = fields_of(world.all());
    std::map<std::string, FieldHeads> known;
    for (const auto& item : arriving(world.all(), *rc::gen::arbitrary<uint64_t>())) {
      for (const Assignment& assignment : item.entry.assignments) {
        FieldHeads& heads = known[assignment.field];
        const auto before = names_of(heads.heads());
        heads.add(item.origin, assignment.value, assignment.replaces);
        const auto after = names_of(heads.heads());
        for (const EntryName& name : before) {
          const auto& replaced = assignment.replaces;
          RC_ASSERT(after.contains(name) ||
                    std::find(replaced.begin(), replaced.end(), name) != replaced.end());
        }
      }
    }
  });
}

TEST_CASE("A field without differing heads is settled and shows their value whatever the policy") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    for (const auto& field : fields_of(world.all())) {
      const FieldHeads heads = heads_in(world.all(), field);
      if (heads.in_conflict()) continue;
      for (int policy = 0; policy <= static_cast<int>(Policy::kUnion); ++policy) {
        RC_ASSERT(heads.shown(static_cast<Policy>(policy)) == heads.heads().front()->value);
      }
    }
  });
}

TEST_CASE("A settled field stays settled when any of its history arrives again") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    for (const auto& field : fields_of(world.all())) {
      const FieldHeads heads = heads_in(world.all(), field);
      const auto replayed = arriving(world.all(), *rc::gen::arbitrary<uint64_t>());
      const FieldHeads after = together(heads, heads_in(replayed, field));
      RC_ASSERT(after.in_conflict() == heads.in_conflict());
      RC_ASSERT(after == heads);
    }
  });
}

TEST_CASE("Deciding settles every conflict on what was chosen, for good") {
  rc::prop("for random histories", [](const Script& script) {
    World world = in_conflict(script);
    const RecordState before = *world.state(0);
    Values chosen;
    for (const auto& [field, conflict] : before.conflicts) {
      chosen[field] = (*rc::gen::elementOf(conflict.candidates)).value;
    }
    const auto decision = world.author(*rc::gen::inRange(0, World::kDevices), chosen);
    RC_ASSERT(decision.has_value());
    const RecordState after = merged(arriving(world.all(), *rc::gen::arbitrary<uint64_t>()));
    RC_ASSERT(after.conflicts.empty());
    RC_ASSERT(after.tips == std::vector{decision->origin.entry});
    for (const auto& [field, value] : chosen) RC_ASSERT(after.fields.at(field).shown == value);
  });
}

TEST_CASE("Two decisions made at once are a conflict again, among what was decided only") {
  rc::prop("for random histories", [](const Script& script) {
    World world = in_conflict(script);
    const std::string field = world.state(0)->conflicts.begin()->first;
    const auto one = world.author(1, {{field, "decided here"}});
    const auto two = world.author(2, {{field, "decided there"}});
    const RecordState state = merged(world.all());
    RC_ASSERT(names(state.conflicts.at(field).candidates) ==
              (std::set{one->origin.entry, two->origin.entry}));
  });
}

TEST_CASE("The tips of a record are the entries that no other names as a parent") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    std::set<EntryName> expected;
    for (const auto& item : world.all()) expected.insert(item.origin.entry);
    for (const auto& item : world.all()) {
      for (const EntryName& parent : item.entry.parents) expected.erase(parent);
    }
    const RecordState state = merged(world.all());
    RC_ASSERT(std::set(state.tips.begin(), state.tips.end()) == expected);
    RC_ASSERT(std::is_sorted(state.tips.begin(), state.tips.end()));
    RC_ASSERT(state.whole);
  });
}

TEST_CASE("Adding an entry to a state gives the merge of all, or is left to the merge of all") {
  rc::prop("for random arrivals", [](const Script& script, bool in_order) {
    const World world = play(script);
    const History history =
        in_order ? world.all() : arriving(world.all(), *rc::gen::arbitrary<uint64_t>());
    History known{history.front()};
    RecordState state = begin_record(history.front());
    RC_ASSERT(state == merged(known));
    int extended = 0;
    for (size_t i = 1; i < history.size(); ++i) {
      known.push_back(history[i]);
      const RecordState all = merged(known);
      // As the store does it: from what it keeps, without the history.
      const StoredRecord kept = to_stored(state, kTestBook);
      RecordState reread = from_stored(kTestRecord, state.form, kept.state, kept.heads);
      const RecordState before = state;
      const bool done = extend(state, history[i]);
      RC_ASSERT(extend(reread, history[i]) == done);
      if (done) {
        ++extended;
        RC_ASSERT(state == all);
        const StoredRecord stored = to_stored(state, kTestBook);
        const StoredRecord stored_all = to_stored(all, kTestBook);
        RC_ASSERT(stored.state == stored_all.state);
        RC_ASSERT(stored.heads == stored_all.heads);
        RC_ASSERT(to_stored(reread, kTestBook).state == stored_all.state);
        RC_ASSERT(to_stored(reread, kTestBook).heads == stored_all.heads);
      } else {
        RC_ASSERT(state == before);
      }
      state = all;
    }
    RC_CLASSIFY(extended > 0, "extended");
  });
}

TEST_CASE("What a device writes on a settled record is added without its history") {
  World world;
  for (int i = 0; i < 20; ++i) world.author(1, {{"title", "v" + std::to_string(i % 7)}, {"n", i}});
  RecordState state = begin_record(world.all().front());
  for (size_t i = 1; i < world.all().size(); ++i) REQUIRE(extend(state, world.all()[i]));
  CHECK(state == merged(world.all()));
}

TEST_CASE("A replacing entry may arrive before the one it replaces") {
  World world;
  const auto first = *world.author(1, {{"title", "one"}, {"place", "here"}});
  const auto second = *world.author(1, {{"title", "two"}});
  RecordState state = merged({second});
  CHECK(state.text("title") == "two");
  CHECK_FALSE(state.whole);
  CHECK_FALSE(extend(state, first));
  state = merged({second, first});
  CHECK(state.whole);
  CHECK(state.text("title") == "two");
  CHECK(state.conflicts.empty());
  CHECK(state.tips == std::vector{second.origin.entry});
  CHECK(state.created.entry == first.origin.entry);
  CHECK(state == merged({first, second}));
}

TEST_CASE("An entry whose predecessor is lost holds nothing up") {
  World world;
  world.author(1, {{"title", "one"}});
  const auto lost = *world.author(1, {{"title", "two"}});
  const auto last = *world.author(1, {{"title", "three"}});
  const RecordState state = merged({last});
  CHECK(state.text("title") == "three");
  CHECK_FALSE(state.whole);
  const Entry next = compose(&state, kTestRecord, "event", {{"title", "four"}});
  CHECK(next.assignments.front().replaces == std::vector{last.origin.entry});
  CHECK(lost.entry.assignments.size() == 1);
}

TEST_CASE("Parallel edits of different fields are both kept, told by two tips, and no conflict") {
  World world;
  world.author(1, {{"title", "one"}, {"place", "here"}});
  world.send_all_to_all();
  const auto a = *world.author(1, {{"title", "two"}});
  const auto b = *world.author(2, {{"place", "there"}});
  const RecordState state = merged(world.all());
  CHECK(state.text("title") == "two");
  CHECK(state.text("place") == "there");
  CHECK(state.conflicts.empty());
  CHECK(std::set(state.tips.begin(), state.tips.end()) == std::set{a.origin.entry, b.origin.entry});
}

TEST_CASE("The same value written at two places at once is settled, and both authors are kept") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all_to_all();
  world.author(1, {{"title", "same"}});
  world.author(2, {{"title", "same"}});
  const RecordState state = merged(world.all());
  CHECK(state.conflicts.empty());
  CHECK(state.text("title") == "same");
  CHECK(state.fields.at("title").heads.size() == 2);
  CHECK(state.tips.size() == 2);
}

TEST_CASE("Clearing a field at once with an edit of it is a conflict") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all_to_all();
  world.author(1, {{"title", Value()}});
  world.author(2, {{"title", "two"}});
  const RecordState state = merged(world.all());
  REQUIRE(state.conflicts.contains("title"));
  CHECK(state.conflicts.at("title").candidates.size() == 2);
}

TEST_CASE("A record that two devices made under one id keeps both beginnings") {
  World world;
  const auto a = *world.author(1, {{"title", "one"}});
  const auto b = *world.author(2, {{"title", "two"}});
  const RecordState state = merged({b, a});
  CHECK(state.conflicts.at("title").candidates.size() == 2);
  CHECK(state.tips.size() == 2);
  CHECK(state.created.entry == a.origin.entry);
  CHECK(state.changed.entry == b.origin.entry);
}
