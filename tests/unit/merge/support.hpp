#pragma once

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "sync/merge/catalogue.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

using History = std::vector<HistoryEntry>;
using Values = std::map<std::string, Value>;

inline const BookCode kTestBook = "unit-1";
inline const RecordId kTestRecord = *RecordId::parse("000102030405060708090a0b0c0d0e0f");

DeviceId device_number(int number);
EntryName entry_number(int number);

// The same policy for a field whatever its form and campaign.
struct FixedPolicies final : Policies {
  std::map<std::string, Policy> by_field;
  Policy other = Policy::kLatest;

  Policy policy(const std::string&, const std::string&, const std::string& field) const override {
    const auto at = by_field.find(field);
    return at != by_field.end() ? at->second : other;
  }
};

// One of each policy, by the fields that random histories write.
const FixedPolicies& every_policy();

// Replicas that author entries of one record as people do: on top of what they have seen, with
// clocks that are right or decades off. Device 0 is headquarters.
class World {
 public:
  static constexpr int kDevices = 4;

  // What `device` writes next; nothing when that changes nothing.
  std::optional<HistoryEntry> author(int device, const Values& values);
  // The same of an entry that nobody composed: with what parents it likes.
  HistoryEntry put(int device, Entry entry);
  // `device` receives an entry, if it has not yet.
  void receive(int device, const HistoryEntry& item);
  // `to` receives all that `from` has seen.
  void send_all(int from, int to);
  void send_all_to_all();

  // The merge of what `device` has seen; nothing when that is nothing.
  std::optional<RecordState> state(int device) const;
  const History& seen(int device) const { return seen_[static_cast<size_t>(device)]; }
  const History& all() const { return all_; }
  void set_form(const std::string& form) { form_ = form; }
  void set_clock_skew(int device, int64_t ms) { skew_ms_[device] = ms; }

 private:
  struct Stream {
    uint64_t last = 0;
    Hash head;
    HybridClock clock;
  };
  std::string form_ = "event";
  int64_t now_ms_ = 0;
  std::map<int, int64_t> skew_ms_;
  std::map<int, Stream> streams_;
  History seen_[kDevices];
  History all_;
};

// One thing that happens in a random history.
struct Step {
  uint8_t device = 0, action = 0, field = 0, value = 0, other = 0;
};
struct Script {
  std::vector<Step> steps;
};
World play(const Script& script);

// `history` in another order, some of it repeated.
History arriving(const History& history, uint64_t seed);
History shuffled(History history, uint64_t seed);

// The heads of a field by the definition, the slow way: what no other assignment replaces.
std::map<EntryName, Value> plain_heads(const History& history, const std::string& field);
std::vector<std::string> fields_of(const History& history);

// A state with these fields shown and nothing else: what settings are learned from.
RecordState told(std::string_view form, const RecordId& record, const Values& values);

// A catalogue that defines no more than policies by "campaign/form/field".
struct TestCatalogue final : Catalogue {
  std::map<std::string, Policy> policies;

  Consequence learn(const RecordState&) override { return Consequence::kNone; }
  std::optional<Policy> default_policy(const std::string& campaign, const std::string& form,
                                       const std::string& field) const override {
    const auto at = policies.find(campaign + "/" + form + "/" + field);
    return at != policies.end() ? std::optional(at->second) : std::nullopt;
  }
  std::optional<Tally> tally(const RecordState&) const override { return std::nullopt; }
};

inline const TestCatalogue kCatalogue;

inline const DeviceId kHeadquarters = device_number(0);

// The record that says something of a device.
inline RecordId record_of(const DeviceId& device) {
  return *RecordId::from(device.view());
}

std::ostream& operator<<(std::ostream& out, const Value& value);
std::ostream& operator<<(std::ostream& out, const Step& step);
std::ostream& operator<<(std::ostream& out, const Script& script);

}  // namespace sitelog

namespace rc {
template <>
struct Arbitrary<sitelog::Script> {
  static Gen<sitelog::Script> arbitrary();
};
}  // namespace rc
