#include "sync/merge/stations.hpp"

#include <algorithm>

#include "approval.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/judging_rules.hpp"

using namespace sitelog;

TEST_CASE("What was sent reads back, and what is no sending is none") {
  const Approval place;
  const Value value = sending(place.now());
  const auto sent = read_sent(value);
  REQUIRE(sent);
  CHECK(sent->heads == heads_to_send(place.now()));
  CHECK(sent->chain == std::vector{kChecker, kOffice});
  CHECK(sent_value(*sent) == value);
  const auto without = [&](const char* name, const Value& put) {
    Structure changed = *value.structure();
    changed[name] = put;
    return read_sent(Value(std::move(changed))).has_value();
  };
  CHECK(without("more", Value("of a later version")));
  CHECK_FALSE(without("content", Value(std::string(64, '0'))));
  CHECK_FALSE(without("explanations", Value()));
  CHECK_FALSE(without("heads", Value(Structure{})));
  CHECK_FALSE(without("heads", Value(Structure{{"zz", TextList{"title"}}})));
  CHECK_FALSE(without("chain", Value(TextList{})));
  CHECK_FALSE(without("chain", Value(TextList{"checker@county"})));        // no top
  CHECK_FALSE(without("chain", Value(TextList{"office@", "checker@a"})));  // above the top
  CHECK_FALSE(without("chain", Value(TextList{"checker@a", "checker@b", "office@"})));
  CHECK_FALSE(without("chain", Value(TextList{"Checker <b>@a", "office@"})));
  CHECK_FALSE(without("chain", Value(TextList(kChainMax + 1, "office@"))));
  CHECK_FALSE(read_sent(Value()));
  CHECK_FALSE(read_sent(Value("sent")));
}

TEST_CASE("What is sent is named by all it says, also by what this version doesn't know") {
  const Value value = sending(Approval().now());
  Structure more = *value.structure();
  more["computed"] = Structure{{"per_session", Value(3)}};
  CHECK(sent_name(value) == sent_name(Value(*value.structure())));
  CHECK(sent_name(value) != sent_name(Value(std::move(more))));
}

TEST_CASE("A verdict reads back as it was given") {
  const StationVerdict verdict{.verdict = kReturned,
                               .unit = "county",
                               .of = std::string(64, 'a'),
                               .accepts = std::vector<std::string>{"date"},
                               .remark = "缺人数",
                               .field_remarks = {{"participants", "核实"}},
                               .due = "2020-12-05",
                               .instead_of = kLeader,
                               .reason = "矿上无分管领导"};
  CHECK(read_verdict(verdict_value(verdict)) == verdict);
  CHECK_FALSE(read_verdict(Value(Structure{{"verdict", "pending"}})));
  CHECK_FALSE(read_verdict(Value("accepted")));
}

TEST_CASE("What was sent waits at the first silent station, and the top accepts it") {
  Approval place;
  CHECK(place.review() == Review{});
  place.send();
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kChecker);
  place.say(kChecker, kAccepted);
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kOffice);
  place.say(kOffice, kAccepted);
  CHECK(place.review().verdict == kAccepted);
  CHECK(place.review().station == kOffice);
  CHECK_FALSE(place.review().unsent);
}

TEST_CASE("Stations speak in any order: the top may be first, and a return counts beside it") {
  Approval place;
  place.send();
  place.say(kOffice, kAccepted);
  CHECK(place.review().verdict == kAccepted);
  place.say(kChecker, kReturned);
  CHECK(place.review().verdict == kReturned);
  CHECK(place.review().station == kChecker);
  CHECK(place.review().remark == "看过");
  place.say(kChecker, kAccepted);
  CHECK(place.review().verdict == kAccepted);
  place.say(kChecker, kRefused);
  CHECK(place.review().verdict == kRefused);
}

TEST_CASE("A verdict speaks of what it was given on, and of nothing that is sent later") {
  Approval place;
  place.send();
  place.say(kChecker, kReturned);
  place.write(1, {{"participants", 6}});
  CHECK(place.review().verdict == kReturned);
  CHECK(place.review().unsent);
  place.send();
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kChecker);
  CHECK_FALSE(place.review().unsent);
  // Sent again as it was, it is another sending.
  place.say(kChecker, kReturned);
  place.send();
  CHECK(place.review().verdict == kPending);
}

TEST_CASE("A verdict of a station that the chain doesn't name changes nothing") {
  Approval place;
  place.send();
  place.say({"checker", "other-county"}, kReturned);
  place.say({"somebody", "county"}, kReturned);
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kChecker);
  // Nor does it stand in for the top.
  place.write(0, {{station_field("office"),
                   verdict_value(said(place.now(), {"office", "county"}, kAccepted))}});
  CHECK(place.review().verdict == kPending);
}

TEST_CASE("For an empty chair somebody above speaks, in their own field and with a reason") {
  Approval place;
  place.send({kLeader, kChecker, kOffice});
  CHECK(place.review().station == kLeader);
  const auto act = [&](const Station& by, const Station& whose, const std::string& reason) {
    auto verdict = said(place.now(), by, kAccepted);
    verdict.instead_of = whose;
    verdict.reason = reason;
    place.write(0, {{station_field(by.role), verdict_value(verdict)}});
  };
  act(kChecker, kLeader, "");
  CHECK(place.review().station == kLeader);
  act(kChecker, kOffice, "想替");  // nobody acts for who stands above
  CHECK(place.review().station == kLeader);
  act(kChecker, kLeader, "矿上无分管领导");
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kOffice);
  CHECK(place.now().stations()[0].by == kChecker);
  CHECK_FALSE(place.now().stations()[0].said);
}

TEST_CASE(
    "A verdict that is taken back is as if it had not been given: its station is waited for") {
  Approval place;
  const auto take_back = [&](const Station& station) {
    place.write(0, {{station_field(station.role), Value()}});
  };
  place.send();
  const Review sent = place.review();
  for (const auto verdict : {kAccepted, kReturned, kRefused}) {
    place.say(kChecker, verdict);
    take_back(kChecker);
    CHECK(place.review() == sent);
  }
  place.say(kChecker, kAccepted);
  const Review passed = place.review();
  place.say(kOffice, kAccepted);
  take_back(kOffice);
  CHECK(place.review() == passed);
  CHECK(place.review().station == kOffice);
  take_back(kChecker);
  CHECK(place.review() == sent);
  place.say(kOffice, kAccepted);
  CHECK(place.review().verdict == kAccepted);
}

TEST_CASE("What was past when a verdict was given stays past once that is taken back") {
  Approval place;
  place.send();
  const Value first = *place.now().shown(kSent);
  place.say(kChecker, kAccepted);
  place.write(1, {{"participants", 6}});
  // One that names nothing as what was before.
  place.write(1, {{kSent, sent_value({heads_to_send(place.now()), {kChecker, kOffice}, {}, {}})}});
  place.say(kChecker, kReturned);
  place.write(0, {{station_field(kChecker.role), Value()}});
  CHECK(place.review().verdict == kPending);
  place.write(1, {{kSent, first}});
  CHECK_FALSE(place.now().as_sent);
}

TEST_CASE("A verdict given while another of that station is taken back counts") {
  Approval place;
  place.send();
  place.say(kChecker, kReturned);
  World& world = place.world();
  const auto field = station_field("checker");
  const auto state = *world.state(0);
  world.author(2, {{field, verdict_value(said(state, kChecker, kAccepted))}});
  world.author(3, {{field, Value()}});
  world.send_all_to_all();
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kOffice);
  CHECK(place.now().conflicts.contains(field));
}

TEST_CASE("Of two verdicts that one station gave at once the stricter counts until it is decided") {
  Approval place;
  place.send();
  place.say(kOffice, kAccepted);
  World& world = place.world();
  const auto field = station_field("checker");
  // Two daemons that know nothing of each other; the accepting one is the later.
  const auto state = *world.state(0);
  world.author(2, {{field, verdict_value(said(state, kChecker, kReturned))}});
  world.author(3, {{field, verdict_value(said(state, kChecker, kAccepted))}});
  world.send_all_to_all();
  CHECK(place.review().verdict == kReturned);
  const Conflict conflict = place.now().conflicts.at(field);
  CHECK(conflict.policy == Policy::kStricter);
  CHECK(conflict.candidates.size() == 2);
  place.say(kChecker, kAccepted);
  CHECK(place.now().conflicts.empty());
  CHECK(place.review().verdict == kAccepted);
}

TEST_CASE("Of two at once one that speaks of what is sent counts before one that doesn't") {
  Approval place;
  place.send();
  World& world = place.world();
  const auto field = station_field("checker");
  const auto old = *world.state(2);
  place.write(1, {{"participants", 7}});
  place.send();
  // As a daemon says it that knows nothing of what was sent since.
  const Values refused{{field, verdict_value(said(old, kChecker, kRefused))}};
  world.put(2, compose(&old, kTestRecord, "event", refused));
  world.author(3, {{field, verdict_value(said(*world.state(3), kChecker, kAccepted))}});
  world.send_all_to_all();
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kOffice);
}

TEST_CASE("What is changed after it was sent stands beside it, as it was sent") {
  Approval place;
  place.write(1, {{"_explain.participants", "人多"}});
  place.send();
  CHECK(place.now().as_sent == AsSent{});
  place.write(1, {{"participants", 9}, {"place", "井口"}, {"_explain.participants", Value()}});
  const AsSent expected{
      {"participants", Value(5)}, {"place", Value()}, {"_explain.participants", Value("人多")}};
  CHECK(place.now().as_sent == expected);
  const RecordState sent = state_as_sent(place.now());
  CHECK(sent.integer("participants") == 5);
  CHECK(sent.shown("place") == nullptr);
  CHECK(place.now().integer("participants") == 9);
  // Void is void, whenever that was said.
  place.write(1, {{"_void", "重复"}});
  CHECK(state_as_sent(place.now()).voided());
}

TEST_CASE("Headquarters' review of old is the top's, where it was given on just what was sent") {
  const auto reviewed = [](bool of_explanations) {
    Approval place;
    Review review;
    review.verdict = kAccepted;
    const RecordState now = place.now();
    place.write(0,
                {{"_review", review_value(review, content_digest(now),
                                          of_explanations ? std::optional(explanation_digest(now))
                                                          : std::nullopt)}});
    return place;
  };
  Approval place = reviewed(true);
  place.send();
  CHECK(place.review().verdict == kAccepted);
  CHECK_FALSE(place.review().accepts);
  place.write(1, {{"title", "two"}});
  place.send();
  CHECK(place.review().verdict == kPending);
  Approval older = reviewed(false);
  older.send();
  CHECK(older.review().verdict == kAccepted);
  CHECK(older.review().accepts == std::vector<std::string>{});
  Approval explained = reviewed(true);
  explained.write(1, {{"_explain.title", "为何"}});
  explained.send();
  CHECK(explained.review().verdict == kPending);
}

TEST_CASE("Headquarters' review of old does not outlive what the top says of what is sent") {
  Approval place;
  Review review;
  review.verdict = kAccepted;
  place.write(0, {{"_review", review_value(review, place.now())}});
  place.send();
  CHECK(place.review().verdict == kAccepted);
  place.say(kOffice, kRefused);
  CHECK(place.review().verdict == kRefused);
  // Sent once more as it is, it waits.
  place.send();
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kChecker);
}

TEST_CASE("By older rules nothing is sent, whoever says so, and the review of old holds") {
  Approval place;
  place.send();
  place.say(kOffice, kAccepted);
  struct Older final : Policies {
    Policy policy(const std::string&, const std::string&, const std::string&) const override {
      return Policy::kLatest;
    }
    bool heeds_stations() const override { return false; }
  };
  const RecordState state = merge_record(place.world().seen(0), Older());
  CHECK_FALSE(state.as_sent);
  CHECK(state.review() == Review{});
  CHECK_FALSE(state.sent());
}

TEST_CASE("A verdict speaks of the campaign that it was sent under, whatever it says afterwards") {
  Approval place;
  place.send();
  place.say(kOffice, kAccepted);
  CHECK(place.now().campaign() == "songs");
  place.write(1, {{"_campaign", "safety"}});
  RecordState now = place.now();
  CHECK(place.review().verdict == kAccepted);
  CHECK(place.review().unsent);
  CHECK(now.campaign() == "songs");
  CHECK(state_as_sent(now).campaign() == "songs");
  CHECK(now.text("_campaign") == "safety");
  const StoredRecord stored = to_stored(now, "u1");
  const RecordState back = from_stored(now.record, now.form, stored.state, stored.heads);
  CHECK(back.campaign() == "songs");
  CHECK(back.text("_campaign") == "safety");
  place.send();
  CHECK(place.review().verdict == kPending);
  CHECK(place.now().campaign() == "safety");
  // What leaves out its campaign takes it out of none: it is not sent.
  Sent without{heads_to_send(place.now()), {kOffice}, {}, place.now().sent_name()};
  without.heads.erase("_campaign");
  place.write(1, {{kSent, sent_value(without)}});
  CHECK(place.now().campaign() == "safety");
  CHECK_FALSE(place.now().sent());
}

TEST_CASE("Headquarters' review of old is not the answer to what came after it") {
  const auto reviewed = [](const auto& value_of) {
    Approval place;
    Review review;
    review.verdict = kAccepted;
    place.write(0, {{"_review", value_of(review, place.now())}});
    CHECK_FALSE(place.review().stale);
    return place;
  };
  const auto older = [](const Review& review, const RecordState& state) {
    return review_value(review, content_digest(state), explanation_digest(state));
  };
  const auto now = [](const Review& review, const RecordState& state) {
    return review_value(review, state);
  };
  // Another campaign: as older builds wrote it, it doesn't say which.
  Approval moved = reviewed(now);
  moved.write(1, {{"_campaign", "safety"}});
  CHECK(moved.review().stale);
  moved.send();
  CHECK(moved.review().verdict == kPending);
  Approval unsaid = reviewed(older);
  unsaid.write(1, {{"_campaign", "safety"}});
  CHECK_FALSE(unsaid.review().stale);
  // Refused by a station, and what was sent made to be past.
  for (const bool as_of_old : {true, false}) {
    Approval place = as_of_old ? reviewed(older) : reviewed(now);
    place.send();
    const Value accepted = *place.now().shown(kSent);
    place.write(1, {{"_explain.title", "why"}});
    place.send();
    place.say(kChecker, kRefused);
    place.write(1, {{"_explain.title", Value()}, {kSent, accepted}});
    CHECK_FALSE(place.now().sent());
    CHECK(place.review().stale);
    // Headquarters can judge it as a whole again, having seen that.
    Review review;
    review.verdict = kAccepted;
    place.write(0, {{"_review", review_value(review, place.now())}});
    CHECK_FALSE(place.review().stale);
  }
}

TEST_CASE("Who sends what they like chooses neither what it was, nor that it is accepted") {
  Approval place;
  // Heads that were replaced long ago, a field that never was, and a chain without the checker.
  const auto first = heads_to_send(place.now());
  place.write(1, {{"participants", 50}});
  place.write(1, {{kSent, sent_value({first, {kOffice}, {}, {}})}});
  CHECK(place.review().verdict == kPending);
  CHECK(place.review().station == kOffice);
  CHECK(place.review().unsent);
  const AsSent expected{{"participants", Value(5)}};
  CHECK(place.now().as_sent == expected);
  Sent lie{first, {kOffice}, {}, {}};
  lie.heads["invented"] = {entry_number(77)};
  place.write(1, {{kSent, sent_value(lie)}});
  CHECK_FALSE(place.now().as_sent);
}

TEST_CASE("What was sent counts once every entry that it names is here, never as something else") {
  World world;
  world.author(1, {{"title", "one"}, {"participants", 80}});
  world.send_all_to_all();
  const auto withheld = world.author(2, {{"participants", 99999}});
  REQUIRE(withheld);
  Sent sent{heads_to_send(*world.state(1)), {kChecker, kOffice}, {}, {}};
  auto& heads = sent.heads["participants"];
  heads.push_back(withheld->origin.entry);
  std::sort(heads.begin(), heads.end());
  world.author(1, {{kSent, sent_value(sent)}});
  world.send_all(1, 0);
  CHECK_FALSE(world.state(0)->as_sent);
  CHECK(world.state(0)->review().verdict == kPending);
  world.send_all(2, 0);
  REQUIRE(world.state(0)->as_sent);
  const bool is_first = heads.front() == withheld->origin.entry;
  CHECK(world.state(0)->as_sent->at("participants") == Value(is_first ? 99999 : 80));
}

TEST_CASE("Rules 4 let no device speak for a station, and refuse what can't be read as sent") {
  BookSettings in("u1", device_number(9), kCatalogue);
  const auto judged = [&](uint64_t rules, const std::string& field, const Value& value) {
    Entry entry;
    entry.form = "event";
    entry.assignments = {{field, value, {}}};
    const auto refusal = known_rules().of(rules).judge(in, device_number(9), entry, true);
    return refusal ? std::string(name_of(refusal->reason)) : std::string("merged");
  };
  const Value sent = sending(Approval().now());
  CHECK(judged(4, kSent, sent) == "merged");
  CHECK(judged(4, kSent, Value()) == "malformed");
  CHECK(judged(4, kSent, Value("sent")) == "malformed");
  CHECK(judged(4, "_review.checker", Value("accepted")) == "not_permitted");
  CHECK(judged(4, "_review.", Value()) == "not_permitted");
  CHECK(judged(3, "_review.checker", Value("accepted")) == "merged");
  CHECK(judged(3, kSent, Value()) == "merged");
  CHECK(known_rules().of(4).heed_stations());
  CHECK(known_rules().of(4).heed_clock_words());
  CHECK_FALSE(known_rules().of(3).heed_stations());
  CHECK(known_rules().of(4).most_of_record("event") == known_rules().of(3).most_of_record("event"));
}

TEST_CASE("The answer is the same in any order of arrival, and is kept as it is") {
  rc::prop("any order", [](const Script& script, uint64_t seed) {
    const World world = play(script);
    const History& all = world.all();
    const RecordState state = merge_record(all, every_policy());
    const RecordState other = merge_record(arriving(all, seed), every_policy());
    RC_ASSERT(other.review() == state.review());
    RC_ASSERT(other.as_sent == state.as_sent);
    const StoredRecord kept = to_stored(state, kTestBook);
    const RecordState back = from_stored(kTestRecord, "event", kept.state, kept.heads);
    RC_ASSERT(back.review() == state.review());
    RC_ASSERT(back.as_sent == state.as_sent);
  });
}

TEST_CASE("The answer follows from the last sending and from what speaks of it, exactly") {
  rc::prop("by the definition", [](const Script& script) {
    const World world = play(script);
    const RecordState state = merge_record(world.all(), every_policy());
    if (!state.as_sent) return;
    const auto sent = state.sent();
    RC_ASSERT(sent.has_value());
    bool refused = false, returned = false;
    std::optional<Station> silent;
    std::optional<ReviewVerdict> top;
    for (const Station& station : sent->chain) {
      const Value* value = state.shown(station_field(station.role));
      const auto verdict = value != nullptr ? read_verdict(*value) : std::nullopt;
      const bool speaks =
          verdict && verdict->of == state.sent_name() && verdict->unit == station.unit;
      if (!speaks && !silent) silent = station;
      if (!speaks) continue;
      refused = refused || verdict->verdict == kRefused;
      returned = returned || verdict->verdict == kReturned;
      if (station.is_top()) top = verdict->verdict;
    }
    const ReviewVerdict expected = refused    ? kRefused
                                   : returned ? kReturned
                                   : top      ? *top
                                              : kPending;
    const bool of_old = state.shown(kFieldReview) != nullptr;
    if (of_old && !top) return;  // which may speak for it
    RC_ASSERT(state.review().verdict == expected);
    if (expected == kPending) RC_ASSERT(state.review().station == silent);
  });
}
