#include "support.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <set>

#include "sync/merge/document.hpp"

namespace sitelog {

namespace {

constexpr int64_t kStartMs = 1'718'000'000'000;
constexpr int64_t kYearMs = int64_t{365} * 24 * 3600 * 1000;

// Few values, so that devices often choose the same.
std::pair<std::string, Value> choice(uint8_t field, uint8_t value) {
  const std::string text = "v" + std::to_string(value % 3);
  switch (field % 9) {
    case 0: return {"title", text};
    case 1: return {"place", text};
    case 2: return {"note", text};
    case 3: return {"answer", text};
    case 4: return {"participants", int64_t{value % 4} * 10};
    case 5: return {"fewest", int64_t{value % 4} * 10};
    case 6: return {"_explain.participants", text};
    case 7: return {"_campaign", text};
    default: break;
  }
  TextList teams;
  for (const char* team : {"一队", "二队", "三队"}) {
    if (value % 2 != 0) teams.emplace_back(team);
    value /= 2;
  }
  return {"teams", std::move(teams)};
}

Values decision(const RecordState& state, uint8_t value) {
  Values out;
  for (const auto& [field, conflict] : state.conflicts) {
    out[field] = conflict.candidates[value % conflict.candidates.size()].value;
  }
  return out;
}

const Station kStations[] = {{"checker", "county"}, {"checker", "city"}, {"office", {}}};

// To one of two checkers, or to none: as after a unit's move.
void send(World& world, int device, const RecordState& state, uint8_t value) {
  std::vector<Station> chain{kStations[2]};
  if (value % 3 != 0) chain.insert(chain.begin(), kStations[value % 2]);
  const Sent sent{heads_to_send(state), std::move(chain), {}, state.sent_name()};
  if (sent.heads.empty()) return;
  world.author(device, {{std::string(kFieldSent), sent_value(sent)}});
}

void say(World& world, int device, const RecordState& state, uint8_t value) {
  const Station& station = kStations[value % 3];
  const ReviewVerdict verdicts[] = {ReviewVerdict::kReturned, ReviewVerdict::kAccepted,
                                    ReviewVerdict::kAccepted, ReviewVerdict::kRefused};
  const StationVerdict verdict{
      .verdict = verdicts[value / 3 % 4], .unit = station.unit, .of = state.sent_name()};
  const bool takes_back = value / 12 % 5 == 4;
  world.author(device,
               {{station_field(station.role), takes_back ? Value() : verdict_value(verdict)}});
}

void play(World& world, const Step& step) {
  const int device = step.device % World::kDevices;
  const int other = step.other % World::kDevices;
  const auto state = world.state(device);
  switch (step.action % 14) {
    case 0:
    case 1:
    case 2:
    case 3: world.author(device, {choice(step.field, step.value)}); break;
    case 4:
      world.author(device,
                   {choice(step.field, step.value), choice(step.field + 1, step.value / 4)});
      break;
    case 5: world.author(device, {{choice(step.field, 0).first, Value()}}); break;
    case 6: {
      const bool voided = state && state->voided();
      world.author(device, {{std::string(kFieldVoid), voided ? Value() : Value("重复")}});
      break;
    }
    case 7:
      if (state) world.author(device, decision(*state, step.value));
      break;
    case 8:
      if (state && device == 0) {
        Review review;
        review.verdict = step.value % 2 != 0 ? ReviewVerdict::kReturned : ReviewVerdict::kAccepted;
        world.author(0,
                     {{std::string(kFieldReview), review_value(review, content_digest(*state))}});
      }
      break;
    case 9: world.send_all(other, device); break;
    case 10:
      if (state) send(world, device, *state, step.value);
      break;
    case 11:
      if (state && device != 1) say(world, device, *state, step.value);
      break;
    default: {  // some of it, even without what it rests on
      const History theirs = world.seen(other);
      for (size_t i = 0; i < theirs.size(); ++i) {
        if ((step.value >> (i % 8) & 1) != 0) world.receive(device, theirs[i]);
      }
    }
  }
}

}  // namespace

DeviceId device_number(int number) {
  DeviceId out;
  out.bytes.fill(static_cast<uint8_t>(0xD0 + number));
  return out;
}

EntryName entry_number(int number) {
  EntryName out;
  for (size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
  return out;
}

const FixedPolicies& every_policy() {
  static const FixedPolicies policies = [] {
    FixedPolicies out;
    out.by_field = {{"title", Policy::kLatest},      {"place", Policy::kSite},
                    {"note", Policy::kHeadquarters}, {"answer", Policy::kAsk},
                    {"participants", Policy::kMax},  {"fewest", Policy::kMin},
                    {"teams", Policy::kUnion}};
    return out;
  }();
  return policies;
}

std::optional<RecordState> World::state(int device) const {
  const History& history = seen(device);
  if (history.empty()) return std::nullopt;
  return merge_record(history, every_policy());
}

std::optional<HistoryEntry> World::author(int device, const Values& values) {
  const auto before = state(device);
  Entry entry = compose(before ? &*before : nullptr, kTestRecord, form_, values);
  if (entry.assignments.empty()) return std::nullopt;
  return put(device, std::move(entry));
}

HistoryEntry World::put(int device, Entry entry) {
  now_ms_ += 1000;
  Stream& stream = streams_[device];
  const StreamKey key{device_number(device), {static_cast<uint64_t>(device) + 1}};
  if (stream.last == 0) stream.head = chain_start(kTestBook, key);
  const int64_t skew = skew_ms_.contains(device) ? skew_ms_.at(device) : 0;
  entry.clock = {{kStartMs + now_ms_ + skew}, now_ms_, static_cast<uint64_t>(device)};
  entry.hybrid = stream.clock.tick(entry.clock.wall);
  entry.person = "person " + std::to_string(device);
  const auto bytes = encode(entry);
  SITELOG_ASSERT(static_cast<bool>(bytes));
  stream.head = chain_next(stream.head, as_bytes(*bytes));
  ++stream.last;
  HistoryEntry item;
  item.origin = {.entry = name_of(stream.head),
                 .stream = key,
                 .number = {stream.last},
                 .by_authority = device == 0,
                 .clock = entry.clock,
                 .hybrid = entry.hybrid,
                 .when = entry.clock.wall,
                 .person = entry.person.name};
  item.entry = *decode_entry(as_bytes(*bytes));
  seen_[device].push_back(item);
  all_.push_back(item);
  return item;
}

void World::receive(int device, const HistoryEntry& item) {
  History& mine = seen_[device];
  const bool known = std::any_of(mine.begin(), mine.end(), [&](const HistoryEntry& held) {
    return held.origin.entry == item.origin.entry;
  });
  if (!known) mine.push_back(item);
}

void World::send_all(int from, int to) {
  const History theirs = seen(from);
  for (const HistoryEntry& item : theirs) receive(to, item);
}

void World::send_all_to_all() {
  for (int device = 0; device < kDevices; ++device) {
    for (const HistoryEntry& item : all_) receive(device, item);
  }
}

World play(const Script& script) {
  World world;
  world.set_clock_skew(1, 60'000);
  world.set_clock_skew(2, -54 * kYearMs);
  world.set_clock_skew(3, 3500);
  // Mostly the record is one that all know of.
  if (script.steps.size() % 4 != 0) {
    world.author(1, {{"title", "first"}, {"answer", "first"}, {"participants", 5}});
    world.send_all_to_all();
  }
  for (const Step& step : script.steps) play(world, step);
  if (world.all().empty()) world.author(1, {{"title", "only"}});
  return world;
}

History shuffled(History history, uint64_t seed) {
  std::shuffle(history.begin(), history.end(), std::mt19937_64(seed));
  return history;
}

History arriving(const History& history, uint64_t seed) {
  History out = history;
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < history.size() / 2; ++i) out.push_back(history[random() % history.size()]);
  return shuffled(std::move(out), seed + 1);
}

std::map<EntryName, Value> plain_heads(const History& history, const std::string& field) {
  std::map<EntryName, Value> out;
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) {
      if (assignment.field == field) out[item.origin.entry] = assignment.value;
    }
  }
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) {
      if (assignment.field != field) continue;
      for (const EntryName& replaced : assignment.replaces) out.erase(replaced);
    }
  }
  return out;
}

std::vector<std::string> fields_of(const History& history) {
  std::set<std::string> out;
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) out.insert(assignment.field);
  }
  return {out.begin(), out.end()};
}

RecordState told(std::string_view form, const RecordId& record, const Values& values) {
  RecordState out;
  out.record = record;
  out.form = form;
  for (const auto& [field, value] : values) out.fields[field] = {value, {entry_number(1)}};
  return out;
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
  return out << to_json(value);
}

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << int{step.device} << ", " << int{step.action} << ", " << int{step.field}
             << ", " << int{step.value} << ", " << int{step.other} << "}";
}

std::ostream& operator<<(std::ostream& out, const Script& script) {
  for (const Step& step : script.steps) out << step << ' ';
  return out;
}

}  // namespace sitelog

rc::Gen<sitelog::Script> rc::Arbitrary<sitelog::Script>::arbitrary() {
  using sitelog::Script;
  using sitelog::Step;
  const auto byte = [](int below) { return gen::inRange<uint8_t>(0, static_cast<uint8_t>(below)); };
  const auto step = gen::build<Step>(
      gen::set(&Step::device, byte(sitelog::World::kDevices)), gen::set(&Step::action, byte(14)),
      gen::set(&Step::field, byte(9)), gen::set(&Step::value, byte(255)),
      gen::set(&Step::other, byte(sitelog::World::kDevices)));
  return gen::scale(0.6, gen::map(gen::container<std::vector<Step>>(step),
                                  [](std::vector<Step> in) { return Script{std::move(in)}; }));
}
