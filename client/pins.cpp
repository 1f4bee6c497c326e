#include "client/pins.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "campaign/text.hpp"
#include "engine/identity.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kUseNotedEveryMs = 60'000;
constexpr size_t kDistinctMin = 2;

// 1234, 9876: each character the next of the one before.
bool is_a_run(const std::vector<uint32_t>& points) {
  for (const int step : {1, -1}) {
    bool all = true;
    for (size_t i = 1; i < points.size(); ++i) {
      all = all && static_cast<int64_t>(points[i]) - static_cast<int64_t>(points[i - 1]) == step;
    }
    if (all) return true;
  }
  return false;
}

RecordId id_in(const json::value& value) {
  const auto id = RecordId::parse(std::string_view(value.as_string()));
  if (!id) throw boost::system::system_error(json::error::incomplete);
  return *id;
}

std::chrono::milliseconds wait_after(int wrong) {
  if (wrong < limits::kPinTriesFree) return {};
  const int doublings = std::min(wrong - limits::kPinTriesFree, 20);
  return std::min<std::chrono::milliseconds>(limits::kPinWaitFirst * (int64_t{1} << doublings),
                                             limits::kPinWaitMost);
}

}  // namespace

Result<std::unique_ptr<Pins>> Pins::open(const DataFolder& folder) {
  std::unique_ptr<Pins> out(new Pins(folder));
  const auto text = folder.read(kFile);
  if (!text) return out;
  try {
    out->all_ = from_file(*text);
  } catch (const std::exception&) {  // Boost.JSON: of several kinds
    return damaged_file(kFile, folder.path());
  }
  return out;
}

std::string Pins::to_file(const All& all) {
  json::array pins;
  for (const auto& [person, pin] : all.pins) {
    pins.emplace_back(json::object{{"person", person.hex()},
                                   {"pin", pin.hash},
                                   {"since", pin.since},
                                   {"wrong", pin.wrong},
                                   {"until", pin.until_ms}});
  }
  json::object out{{"pins", std::move(pins)}};
  if (all.here) {
    out["here"] = json::object{{"person", all.here->person.hex()},
                               {"name", all.here->name},
                               {"by_pin", all.here->by_pin},
                               {"used", all.here->used_ms}};
  }
  return json::serialize(out) + "\n";
}

// Throws where it is not as above.
Pins::All Pins::from_file(const std::string& text) {
  All out;
  const json::value whole = json::parse(text);
  for (const auto& each : whole.at("pins").as_array()) {
    Pin& pin = out.pins[id_in(each.at("person"))];
    pin.hash = each.at("pin").as_string();
    pin.since = each.at("since").as_string();
    pin.wrong = each.at("wrong").to_number<int>();
    pin.until_ms = each.at("until").to_number<int64_t>();
  }
  if (const auto* here = whole.as_object().if_contains("here")) {
    out.here = Here{id_in(here->at("person")), std::string(here->at("name").as_string()),
                    here->at("by_pin").as_bool(), here->at("used").to_number<int64_t>()};
  }
  return out;
}

// Under the mutex.
void Pins::keep(All changed) {
  folder_.write(kFile, to_file(changed));
  all_ = std::move(changed);
}

Result<> Pins::fit(const std::string& pin) {
  std::vector<uint32_t> points;
  for (std::string_view rest = pin; !rest.empty();) points.push_back(take_code_point(rest));
  if (points.size() < limits::kPinLengthMin || points.size() > limits::kPinLengthMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("a PIN has {} to {} characters"),
                   {std::to_string(limits::kPinLengthMin), std::to_string(limits::kPinLengthMax)}};
  }
  const std::set<uint32_t> distinct(points.begin(), points.end());
  if (distinct.size() < kDistinctMin || is_a_run(points)) {
    return Refusal{Reason::kInvalidValue,
                   N_("this PIN is too easy to guess: not all alike, and no row such as 1234"),
                   {}};
  }
  return Done{};
}

bool Pins::has(const RecordId& person, const std::string& since) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.pins.find(person);
  return at != all_.pins.end() && at->second.since == since;
}

bool Pins::any() const {
  const std::lock_guard lock(mutex_);
  return !all_.pins.empty();
}

std::vector<RecordId> Pins::people() const {
  const std::lock_guard lock(mutex_);
  std::vector<RecordId> out;
  for (const auto& [person, pin] : all_.pins) out.push_back(person);
  return out;
}

void Pins::drop_others(const std::map<RecordId, std::string>& since) {
  const std::lock_guard lock(mutex_);
  All changed = all_;
  const auto dropped = std::erase_if(changed.pins, [&](const auto& each) {
    const auto seen = since.find(each.first);
    return seen != since.end() && seen->second != each.second.since;
  });
  if (dropped > 0) keep(std::move(changed));
}

Result<> Pins::check(const RecordId& person, const std::string& since, const std::string& pin,
                     int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto at = all_.pins.find(person);
  if (at == all_.pins.end() || at->second.since != since) {
    return Refusal{Reason::kInvalidValue, N_("they have no PIN at this device"), {}};
  }
  // A clock that was set back lets nobody wait for longer than they would have to: from now on.
  int64_t wait = at->second.until_ms - now_ms;
  if (wait > std::chrono::milliseconds(limits::kPinWaitMost).count()) {
    wait = wait_after(at->second.wrong).count();
    All changed = all_;
    changed.pins.at(person).until_ms = now_ms + wait;
    keep(std::move(changed));
  }
  if (wait > 0) {
    return Refusal{Reason::kInvalidValue,
                   N_("too many wrong PINs: the next is looked at in {} seconds"),
                   {std::to_string((wait + 999) / 1000)}};
  }
  All changed = all_;
  Pin& own = changed.pins.at(person);
  ++own.wrong;
  own.until_ms = now_ms + wait_after(own.wrong).count();
  keep(changed);
  if (!passwords_.matches(pin, own.hash)) {
    return Refusal{Reason::kInvalidValue, N_("this is not their PIN"), {}};
  }
  own.wrong = 0;
  own.until_ms = 0;
  keep(std::move(changed));
  return Done{};
}

void Pins::set(const RecordId& person, const std::string& since, const std::string& pin) {
  const std::string hash = passwords_.hash(pin);
  const std::lock_guard lock(mutex_);
  All changed = all_;
  changed.pins[person] = {hash, since};
  keep(std::move(changed));
}

void Pins::forget(const RecordId& person) {
  const std::lock_guard lock(mutex_);
  All changed = all_;
  if (changed.here && changed.here->person == person) changed.here.reset();
  if (changed.pins.erase(person) > 0) keep(std::move(changed));
}

std::optional<Pins::Here> Pins::here(int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  if (!all_.here || !all_.here->by_pin) return all_.here;
  const int64_t idle = now_ms - all_.here->used_ms;
  const bool lasts = idle >= -kUseNotedEveryMs &&  // else the clock was set back
                     idle <= std::chrono::milliseconds(limits::kPinLasts).count();
  return lasts ? all_.here : std::nullopt;
}

void Pins::come(const Here& here) {
  const std::lock_guard lock(mutex_);
  All changed = all_;
  changed.here = here;
  keep(std::move(changed));
}

void Pins::leave() {
  const std::lock_guard lock(mutex_);
  if (!all_.here) return;
  All changed = all_;
  changed.here.reset();
  keep(std::move(changed));
}

void Pins::note_use(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!all_.here || !all_.here->by_pin || now_ms - all_.here->used_ms < kUseNotedEveryMs) return;
  All changed = all_;
  changed.here->used_ms = now_ms;
  keep(std::move(changed));
}

}  // namespace sitelog
