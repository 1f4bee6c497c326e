#include "sync/merge/document.hpp"

#include <boost/json.hpp>
#include <limits>

#include "proto/state.pb.h"
#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

StoredRecord stored(const World& world, const Policies& policies = every_policy()) {
  return to_stored(merge_record(world.all(), policies), kTestBook);
}

bool same(const StoredRecord& a, const StoredRecord& b) {
  return a.state == b.state && a.heads == b.heads && a.conflicts == b.conflicts;
}

// What comes back of a state from its stored form: all but the details of conflicts.
RecordState without_candidates(RecordState state) {
  for (auto& [field, conflict] : state.conflicts) {
    conflict.candidates.clear();
    conflict.policy = Policy::kLatest;
  }
  return state;
}

World in_conflict_and_explained() {
  World world;
  world.author(1, {{"title", "one"}, {"participants", 5}, {"_campaign", "thousand-events"}});
  world.send_all_to_all();
  world.author(1, {{"title", "two"}});
  world.author(0, {{"title", "three"}, {"_explain.participants", "大型活动"}});
  return world;
}

}  // namespace

TEST_CASE("A merged record comes back from what is stored of it") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    for (int device = 0; device < World::kDevices; ++device) {
      if (world.seen(device).empty()) continue;
      const RecordState state = *world.state(device);
      const StoredRecord kept = to_stored(state, kTestBook);
      const RecordState reread = from_stored(kTestRecord, state.form, kept.state, kept.heads);
      RC_ASSERT(reread == without_candidates(state));
      // Without the conflicts' details the same document and heads are written again.
      RC_ASSERT(to_stored(reread, kTestBook).state == kept.state);
      RC_ASSERT(to_stored(reread, kTestBook).heads == kept.heads);
    }
  });
}

TEST_CASE("Every value survives the stored document") {
  const std::vector<Value> values{
      Value(),
      "",
      "中文 \"quoted\" \\ / \n\t\x01\x7f",
      std::string("with\0nul", 8),
      "\xef\xbf\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf",
      0,
      -1,
      std::numeric_limits<int64_t>::min(),
      std::numeric_limits<int64_t>::max(),
      true,
      false,
      TextList{},
      TextList{"", "a", "中"},
      Structure{},
      Structure{{"", Value()}, {"b", Structure{{"c", TextList{"d"}}, {"e", 5}}}}};
  Values fields;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto back = value_from_json(json::parse(json::serialize(to_json(values[i]))));
    INFO(values[i]);
    REQUIRE(back);
    CHECK(*back == values[i]);
    fields["f" + std::to_string(i)] = values[i];
    fields["_r" + std::to_string(i)] = values[i];
    fields[std::string("\"\n\0名", 6) + std::to_string(i)] = values[i];
  }
  World world;
  world.author(1, fields);
  const RecordState state = *world.state(1);
  const StoredRecord kept = to_stored(state, kTestBook);
  CHECK(from_stored(kTestRecord, "event", kept.state, kept.heads) == state);
}

TEST_CASE("JSON that no value can hold is refused") {
  for (const char* text :
       {"1.5", "18446744073709551615", "[1]", "[[]]", "[null]", "{\"a\":1.5}", "{\"a\":[{}]}"}) {
    INFO(text);
    CHECK_FALSE(value_from_json(json::parse(text)));
  }
}

TEST_CASE("The stored document shows a record as pages and reports ask for it") {
  World world = in_conflict_and_explained();
  Review review;
  review.verdict = ReviewVerdict::kReturned;
  review.due = "2024-06-30";
  review.field_remarks = {{"title", "请核实"}};
  world.author(0, {{"_review", review_value(review, content_digest(*world.state(0)))}});
  const json::value document = json::parse(stored(world).state);
  CHECK(document.at("campaign") == "thousand-events");
  CHECK(document.at("fields") == json::parse(R"({"participants":5,"title":"three"})"));
  CHECK(document.at("reserved").at("_explain.participants") == "大型活动");
  CHECK(document.at("conflicts") == json::parse(R"(["title"])"));
  CHECK(document.at("parallel") == 2);
  // Headquarters had not seen the site's edit.
  CHECK(document.at("review") ==
        json::parse(R"({"state":"returned","changed_since":true,"due":"2024-06-30",)"
                    R"("fields":{"title":"请核实"}})"));
  CHECK(document.at("created") == json::parse(R"({"device":")" + device_number(1).hex() +
                                              R"(","person":"person 1","wall":1718000001000,)"
                                              R"("hybrid":[1718000001000,0]})"));
  CHECK(document.at("changed").at("device") == json::value(device_number(0).hex()));
}

TEST_CASE("A plain record is stored without the members it has no use for") {
  World world;
  world.author(1, {{"title", "one"}});
  const json::object document = json::parse(stored(world).state).as_object();
  for (const char* name : {"campaign", "reserved", "conflicts", "parallel", "review"}) {
    CHECK_FALSE(document.contains(name));
  }
  CHECK(document.size() == 3);
}

TEST_CASE("A stored conflict lists who wrote what, when, and which policy decides") {
  World world = in_conflict_and_explained();
  FixedPolicies policies;
  policies.other = Policy::kHeadquarters;
  const auto conflicts = stored(world, policies).conflicts;
  REQUIRE(conflicts.size() == 1);
  const json::value conflict = json::parse(conflicts.front());
  CHECK(conflict.at("field") == "title");
  CHECK(conflict.at("policy") == "headquarters");
  CHECK(conflict.at("shown") == "three");
  REQUIRE(conflict.at("candidates").as_array().size() == 2);
  for (const json::value& candidate : conflict.at("candidates").as_array()) {
    const bool headquarters = candidate.at("role") == "headquarters";
    CHECK(candidate.at("value") == (headquarters ? "three" : "two"));
    CHECK(candidate.at("person") == (headquarters ? "person 0" : "person 1"));
    CHECK(candidate.at("wall") == (headquarters ? 1718000003000 : 1718000002000));
    CHECK(candidate.at("number") == (headquarters ? 1 : 2));
    CHECK(EntryName::parse(candidate.at("entry").as_string()));
    const DeviceId device = device_number(headquarters ? 0 : 1);
    CHECK(candidate.at("device") == json::value(device.hex()));
    CHECK(candidate.at("stream") ==
          json::value(to_text(kTestBook, {device, {headquarters ? 1U : 2U}})));
    CHECK_FALSE(candidate.as_object().contains("corrected_wall"));
  }
}

TEST_CASE("A candidate of a clock known to be wrong shows the corrected time as well") {
  World world = in_conflict_and_explained();
  History history = world.all();
  for (HistoryEntry& item : history) item.origin.when.ms = item.origin.clock.wall.ms + 7;
  const RecordState state = merge_record(history, every_policy());
  const Candidate& candidate = state.conflicts.at("title").candidates.front();
  CHECK(to_json(candidate, kTestBook).at("corrected_wall") == candidate.origin.clock.wall.ms + 7);
}

TEST_CASE("A field that waits for a person is left out of the document and kept in the heads") {
  World world;
  world.author(1, {{"answer", "one"}});
  world.author(2, {{"answer", "two"}});
  const RecordState state = merge_record(world.all(), every_policy());
  REQUIRE_FALSE(state.fields.at("answer").shown);
  const StoredRecord kept = to_stored(state, kTestBook);
  CHECK_FALSE(json::parse(kept.state).at("fields").as_object().contains("answer"));
  CHECK(json::parse(kept.conflicts.front()).at("shown").is_null());
  const RecordState reread = from_stored(kTestRecord, "event", kept.state, kept.heads);
  CHECK(reread.fields.at("answer").heads.size() == 2);
  CHECK_FALSE(reread.fields.at("answer").shown);
}

TEST_CASE("The heads of a record that was written once take no more than its entry's name") {
  World world;
  world.author(1, {{"title", "one"}, {"place", "here"}, {"participants", 5}});
  state::Heads heads;
  REQUIRE(heads.ParseFromString(stored(world).heads));
  CHECK(heads.names() == as_text(world.all().front().origin.entry.view()));
  CHECK(heads.field_size() == 0);
  CHECK(heads.tips_size() == 1);
  CHECK(heads.tips(0) == 0);
  CHECK_FALSE(heads.partial());
  world.author(1, {{"place", "there"}});
  REQUIRE(heads.ParseFromString(stored(world).heads));
  REQUIRE(heads.field_size() == 1);
  CHECK(heads.field(0).name() == "place");
  CHECK(heads.changed() == 1);
}

TEST_CASE("Records that rest on entries not here are marked as partial") {
  World world;
  world.author(1, {{"title", "one"}});
  const auto second = *world.author(1, {{"title", "two"}});
  const StoredRecord kept = to_stored(merge_record({second}, every_policy()), kTestBook);
  state::Heads heads;
  REQUIRE(heads.ParseFromString(kept.heads));
  CHECK(heads.partial());
  CHECK_FALSE(from_stored(kTestRecord, "event", kept.state, kept.heads).whole);
}

TEST_CASE("Two records have equal digests exactly when what is stored of them is equal") {
  rc::prop("for random replicas of one history", [](const Script& script) {
    const World world = play(script);
    std::vector<StoredRecord> all;
    for (int device = 0; device < World::kDevices; ++device) {
      if (!world.seen(device).empty()) all.push_back(to_stored(*world.state(device), kTestBook));
    }
    for (const StoredRecord& a : all) {
      for (const StoredRecord& b : all) {
        const bool equal = digest_of(kTestRecord, "event", a) == digest_of(kTestRecord, "event", b);
        RC_ASSERT(equal == same(a, b));
      }
    }
  });
  const StoredRecord one = stored(in_conflict_and_explained());
  const Hash digest = digest_of(kTestRecord, "event", one);
  CHECK(digest != digest_of(kTestRecord, "events", one));
  CHECK(digest != digest_of(RecordId{}, "event", one));
  StoredRecord other = one;
  other.state += ' ';
  CHECK(digest != digest_of(kTestRecord, "event", other));
  other = one;
  other.heads += '\0';
  CHECK(digest != digest_of(kTestRecord, "event", other));
  other = one;
  other.conflicts.pop_back();
  CHECK(digest != digest_of(kTestRecord, "event", other));
  other = one;
  std::swap(other.state, other.heads);
  CHECK(digest != digest_of(kTestRecord, "event", other));
}

TEST_CASE("The digest of a record of one entry follows its name, the record and the form") {
  const EntryName name = in_conflict_and_explained().all().front().origin.entry;
  EntryName other = name;
  other.bytes.back() ^= 1;
  const Hash digest = digest_of(kTestRecord, "event", name);
  CHECK(digest == digest_of(kTestRecord, "event", name));
  CHECK(digest != digest_of(kTestRecord, "event", other));
  CHECK(digest != digest_of(kTestRecord, "events", name));
  CHECK(digest != digest_of(RecordId{}, "event", name));
}

TEST_CASE("The same entries are stored as the same bytes whatever the order they came in") {
  rc::prop("for random histories", [](const Script& script) {
    const World world = play(script);
    const History again = arriving(world.all(), *rc::gen::arbitrary<uint64_t>());
    RC_ASSERT(same(stored(world), to_stored(merge_record(again, every_policy()), kTestBook)));
  });
}
