#include "sync/merge/sendings.hpp"

#include "approval.hpp"
#include "sync/merge/document.hpp"

using namespace sitelog;

namespace {

// As a device makes one by hand, with no parents.
Entry by_hand(std::vector<Assignment> assignments) {
  Entry out;
  out.record = kTestRecord;
  out.form = "event";
  out.assignments = std::move(assignments);
  return out;
}

constexpr int64_t kFortyYearsMs = int64_t{40} * 365 * 24 * 3600 * 1000;

}  // namespace

TEST_CASE("What something was sent after is past: its verdicts don't come back with its value") {
  Approval place;
  place.send();
  const Value first = sending(place.now());  // names what was sent
  const Value accepted = *place.now().shown(kSent);
  place.say(kOffice, kAccepted);
  place.write(1, {{"participants", 6}});
  place.send();
  place.say(kChecker, kRefused);
  CHECK(place.review().verdict == kRefused);
  place.write(1, {{kSent, accepted}});
  CHECK(place.review().verdict == kPending);
  CHECK_FALSE(place.now().sent());
  // It is sent anew as anything is.
  place.write(1, {{kSent, first}});
  CHECK(place.review().station == kChecker);
}

TEST_CASE("What creates a record sends nothing") {
  World other;
  other.author(1, {{"title", "one"}});
  World world;
  world.author(1, {{"title", "one"}, {kSent, sending(*other.state(1))}});
  CHECK_FALSE(world.state(1)->as_sent);
  CHECK(begin_record(world.seen(1).front()) == *world.state(1));
}

TEST_CASE("Whoever is told to be there first takes nothing back of what was sent") {
  Approval place;
  place.send();
  place.say(kOffice, kAccepted);
  // The same sent as if it began the record, and long before anybody was there.
  place.world().set_clock_skew(2, -kFortyYearsMs);
  place.world().put(2, by_hand({{kSent, *place.now().shown(kSent), {}}}));
  place.world().send_all_to_all();
  CHECK(place.now().sent());
  CHECK(place.review().verdict == kAccepted);
}

TEST_CASE("What replaces something does not begin its record, whatever its clock says") {
  Approval place;
  const RecordState honest = place.now();
  place.world().set_clock_skew(2, -kFortyYearsMs);
  const EntryName name =
      place.world().put(2, by_hand({{"title", "mine", {honest.created.entry}}})).origin.entry;
  place.world().send_all_to_all();
  CHECK(place.now().text("title") == "mine");
  CHECK(place.now().created == honest.created);
  // Alone it begins what nothing else began.
  const History alone{place.world().all().back()};
  CHECK(merge_record(alone, every_policy()).created.entry == name);
  CHECK(begin_record(alone.front()) == merge_record(alone, every_policy()));
}

TEST_CASE("What a station knew of when it spoke of something else is past") {
  Approval place;
  place.send();
  const Value accepted = *place.now().shown(kSent);
  place.say(kChecker, kAccepted);
  place.say(kOffice, kAccepted);
  place.write(1, {{"participants", 500}});
  // Sent without a word of what was before.
  const Sent hidden{heads_to_send(place.now()), {kChecker, kOffice}, {}, {}};
  place.write(1, {{kSent, sent_value(hidden)}});
  CHECK(place.review().verdict == kPending);
  place.say(kChecker, kRefused);
  CHECK(place.review().verdict == kRefused);
  // The office's word on the first still stands in its field: it comes back with nothing.
  place.write(1, {{kSent, accepted}});
  CHECK(place.now().shown(station_field("office")) != nullptr);
  CHECK_FALSE(place.now().sent());
  CHECK(place.review().verdict == kPending);
  // Nor beside what was refused, as if two had been sent at once.
  Entry beside = by_hand({{kSent, accepted, {}}});
  beside.parents = {place.now().created.entry};
  place.world().put(2, beside);
  place.world().send_all_to_all();
  CHECK_FALSE(place.now().sent());
  // The honest way on is to send it again.
  const Sent again{heads_to_send(place.now()), {kChecker, kOffice}, {}, sent_name(accepted)};
  place.write(1, {{kSent, sent_value(again)}});
  CHECK(place.now().sent());
  CHECK(place.review().station == kChecker);
}

TEST_CASE("Of what was sent at once what is past steps back") {
  Approval place;
  place.send();
  const RecordState then = place.now();
  // One device corrects and sends again; another one, which doesn't know, says the first once more,
  // and later.
  place.write(1, {{"participants", 6}});
  place.send();
  const std::string second = place.now().sent_name();
  Entry late = by_hand({{kSent, *then.shown(kSent), {then.fields.at(kSent).heads.front()}}});
  late.parents = then.tips;
  place.world().set_clock_skew(2, 60'000);
  place.world().put(2, late);
  place.world().send_all_to_all();
  CHECK(place.now().conflicts.contains(kSent));
  CHECK(place.now().sent_name() == second);
  CHECK(place.now().conflicts.at(kSent).shown == place.now().fields.at(kSent).shown);
}

TEST_CASE("What stations knew of is found in any order of arrival") {
  Approval place;
  place.send();
  const Value accepted = *place.now().shown(kSent);
  place.say(kOffice, kAccepted);
  place.write(1, {{"participants", 6}});
  const Sent hidden{heads_to_send(place.now()), {kChecker, kOffice}, {}, {}};
  place.write(1, {{kSent, sent_value(hidden)}});
  place.say(kChecker, kRefused);
  place.write(1, {{kSent, accepted}});
  const History& all = place.world().all();
  const RecordState expected = merge_record(all, every_policy());
  for (uint64_t seed = 0; seed < 50; ++seed) {
    CHECK(merge_record(arriving(all, seed), every_policy()) == expected);
  }
}

namespace {

// Headquarters declares it void, and refuses it with that.
Approval declared_void(bool sent) {
  Approval place;
  if (sent) place.send();
  place.write(0, {{"_void", "entered twice"}});
  Review refused;
  refused.verdict = kRefused;
  refused.of_voiding = true;
  place.write(0, {{"_review", review_value(refused, place.now())}});
  return place;
}

}  // namespace

TEST_CASE("What headquarters declared void stays refused, whatever is sent later") {
  for (Approval place : {declared_void(true), declared_void(false)}) {
    CHECK(place.review().verdict == kRefused);
    CHECK_FALSE(place.review().stale);
    const auto is_refused = [&] {
      CHECK(place.review().verdict == kRefused);
      CHECK(place.review().of_voiding);
      CHECK(place.review().changed());
    };
    place.write(1, {{"_void", Value()}});
    is_refused();
    // Nothing that a device sends gets around it: with heads that leave the voiding out, to a top
    // of its own choice, or taken back.
    Sent without{heads_to_send(place.now()), {kChecker, kOffice}, {}, place.now().sent_name()};
    without.heads.erase("_void");
    place.write(1, {{kSent, sent_value(without)}});
    CHECK(place.now().sent());
    is_refused();
    place.send({kChecker, {"director", {}}});
    is_refused();
    place.say(kChecker, kAccepted);
    is_refused();
    place.write(1, {{kSent, Value()}});
    CHECK_FALSE(place.now().sent());
    is_refused();
    place.send();
    is_refused();
    const StoredRecord stored = to_stored(place.now(), kTestBook);
    CHECK(from_stored(kTestRecord, "event", stored.state, stored.heads).review() == place.review());
    // Headquarters takes it back by saying something else.
    place.write(0,
                {{"_review", Value()},
                 {station_field("office"), verdict_value(said(place.now(), kOffice, kAccepted))}});
    CHECK(place.review().verdict == kAccepted);
    CHECK_FALSE(place.review().of_voiding);
  }
}

TEST_CASE("The review of old is no answer to what a device sends after a station spoke") {
  Approval place;
  Review accepted;
  accepted.verdict = kAccepted;
  place.write(0, {{"_review", review_value(accepted, place.now())}});
  place.send();
  CHECK(place.review().verdict == kAccepted);
  place.say(kChecker, kRefused);
  CHECK(place.review().verdict == kRefused);
  // The same, without a word of what was before, and with something that makes it another.
  Structure other = *sending(place.now()).structure();
  other.erase("before");
  other["note"] = "x";
  place.write(1, {{kSent, Value(other)}});
  CHECK(place.now().sent());
  CHECK(place.review().verdict == kPending);
}

TEST_CASE("What was declared void and taken back is what was sent") {
  Approval place;
  place.send();
  place.write(0, {{"_void", "entered twice"}});
  CHECK(place.review().unsent);
  place.write(0, {{"_void", Value()}});
  CHECK_FALSE(place.review().unsent);
  CHECK(place.now().as_sent->empty());
  place.say(kOffice, kAccepted);
  CHECK_FALSE(place.review().changed());
}
