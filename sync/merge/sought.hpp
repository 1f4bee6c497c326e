#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sync/merge/catalogue.hpp"
#include "sync/merge/record_state.hpp"

// What a record is found by, whatever is asked for together: traits, which it has or has not, and
// two numbers. A function of the record as it is merged and of how it is listed.
namespace sitelog {

// A trait is a number: so many records have the same, few or all. Of what devices can write as they
// like it is taken from a hash, so that nobody makes theirs another's.
using Trait = int64_t;

enum class TraitOf : uint8_t {
  kContent,   // it is a campaign's, not the system's
  kChanged,   // after its review
  kConflict,  // it has a field in conflict
  kVoid,
  kUnusual,  // may be unexplained (Listing::unusual), or too large for a line
  kPending,  // its review, one of four
  kReturned,
  kAccepted,
  kRefused,
  kToSend,  // to stations: it was not sent yet, or is another than was sent
};
enum class TraitBy : uint8_t {
  kForm,
  kCampaign,
  kKind,
  kLevel,
  kStatus,
  kPerson,
  kWaitsFor,  // a role
  kWaitsAt,   // a station: text_of
};

Trait trait_of(TraitOf what);
Trait trait_of(TraitBy what, std::string_view text);
Trait trait_of(const DeviceId& device);
Trait trait_of(ReviewVerdict verdict);

struct Sought {
  std::vector<Trait> traits;  // ascending
  uint32_t day = 0;           // a day_number; 0: it says none
  uint32_t changed = 0;       // Unix seconds, by the clock of who changed it last
  bool operator==(const Sought&) const = default;
};

// Ascending with the days; never 0.
inline uint32_t day_number(int year, int month, int day) {
  return static_cast<uint32_t>(year * 512 + month * 32 + day);
}
// As `Sought::changed` is counted.
uint32_t changed_seconds(int64_t wall_ms);

// Whether it is for its unit to send it: never sent, changed since, or returned of old.
bool is_to_send(const RecordState& state, const Review& review, const Listing& listing);

// Of a record in this book. Any thread.
Sought sought_of(const RecordState& state, const Listing& listing, const BookCode& book);

}  // namespace sitelog
