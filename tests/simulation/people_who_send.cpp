// What sites send to stations, and what these say of it; and what nobody honest says.
#include "sync/merge/forms.hpp"
#include "sync/merge/stations.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

const Station kCheckers[] = {{"checker", "county"}, {"checker", "city"}};
const Station kOffice{"office", {}};

}  // namespace

// A site sends an event as it is there, to the checker that its unit has just then, or to none.
bool World::send() {
  TestDevice& device = *any_site().device;
  const auto event = any_event(device);
  if (!event) return false;
  const auto state = device.event(event->record, event->unit);
  std::vector<Station> chain{kOffice};
  if (dice_.chance(800)) chain.insert(chain.begin(), dice_.pick(kCheckers));
  if (dice_.chance(200)) chain.insert(chain.begin(), Station{"leader", device.unit()});
  Sent sent{heads_to_send(*state), std::move(chain), {}, state->sent_name()};
  if (dice_.chance(80)) {  // a liar: of what it was once, or never
    sent.heads["title"] = {dice_.chance(500) ? state->created.entry : EntryName{}};
    sent.heads["participants"] = {state->tips.front()};
  }
  if (dice_.chance(60)) sent.heads.erase(std::string(kFieldCampaign));
  if (dice_.chance(100)) sent.before.clear();
  Value value = sent_value(sent);
  if (dice_.chance(40)) value = Value(Structure{{"chain", TextList{"office@"}}});
  if (dice_.chance(40)) value = Value();
  if (dice_.chance(60)) value = sent_earlier(device, *event).value_or(value);
  std::map<std::string, Value> said{{std::string(kFieldSent), value}};
  if (dice_.chance(80)) said.emplace(kFieldCampaign, Value(dice_.chance(700) ? "other" : "c"));
  return dice_.chance(60) ? begin_again(device, *event, said) : write(device, *event, said);
}

// As if the record began with it: no parents, nothing replaced.
bool World::begin_again(TestDevice& device, const Event& event,
                        const std::map<std::string, Value>& values) {
  const Entry entry = compose(nullptr, event.record, "event", values);
  const auto written = device.store().transact(
      [&] { return device.store().write(event.unit, entry, device.now(), "liar"); });
  if (!written || !*written) return false;
  remember(device, **written);
  return true;
}

// What was sent of it at some time, to be said once more.
std::optional<Value> World::sent_earlier(TestDevice& device, const Event& event) {
  std::vector<Value> sent;
  for (const HistoryEntry& item : device.store().history(event.unit, event.record, "event")) {
    for (const Assignment& made : item.entry.assignments) {
      if (made.field == kFieldSent) sent.push_back(made.value);
    }
  }
  return sent.empty() ? std::nullopt : std::optional(dice_.pick(sent));
}

// Somebody at a station says something of what was sent; a device says it too, and must not.
bool World::speak() {
  TestDevice& device = dice_.chance(100) ? *any_site().device : *headquarters_;
  const auto event = any_event(device);
  if (!event) return false;
  const auto state = device.event(event->record, event->unit);
  const auto sent = state->sent();
  const Station station = sent && dice_.chance(900) ? dice_.pick(sent->chain) : kCheckers[0];
  const ReviewVerdict verdicts[] = {ReviewVerdict::kReturned, ReviewVerdict::kAccepted,
                                    ReviewVerdict::kAccepted, ReviewVerdict::kAccepted,
                                    ReviewVerdict::kRefused};
  StationVerdict verdict{.verdict = dice_.pick(verdicts),
                         .unit = station.unit,
                         .of = state->sent_name(),
                         .remark = "remark " + std::to_string(dice_.between(0, 9))};
  if (verdict.verdict == ReviewVerdict::kReturned) verdict.field_remarks["title"] = "unclear";
  if (sent && dice_.chance(150)) {
    verdict.instead_of = sent->chain.front();
    if (dice_.chance(800)) verdict.reason = "nobody sits there";
  }
  return write(device, *event, {{station_field(station.role), verdict_value(verdict)}});
}

}  // namespace sitelog::simulation
