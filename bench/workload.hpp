#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Records of cultural events as sites write them, drawn from a seed: about 1.35 KB each as JSON,
// most of it Chinese text whose words follow Zipf's law. The same seed gives the same bytes.
namespace sitelog::bench {

inline constexpr size_t kFieldCount = 16;
inline constexpr std::array<std::string_view, kFieldCount> kFieldNames{
    "id",    "unit",     "device",       "kind", "date",     "level",    "venue", "site_type",
    "title", "sessions", "participants", "team", "delivery", "reporter", "phone", "summary"};
enum FieldIndex : size_t {
  kId,
  kUnit,
  kDevice,
  kKind,
  kDate,
  kLevel,
  kVenue,
  kSiteType,
  kTitle,
  kSessions,
  kParticipants,
  kTeam,
  kDelivery,
  kReporter,
  kPhone,
  kSummary
};
inline bool is_integer(size_t field) {
  return field == kSessions || field == kParticipants;
}

// A new record: its fields as text, integers in decimal.
using Put = std::array<std::string, kFieldCount>;
// Some fields of an earlier record set anew by another device.
struct Edit {
  std::string id;
  std::vector<std::pair<size_t, std::string>> set;  // in the order they were set first
};
using Change = std::variant<Put, Edit>;

// The 28 units by name; a record's `unit` is one of them.
const std::vector<std::string>& workload_units();

// What a field chooses from; empty for a field that is no choice.
const std::vector<std::string>& choices_of(size_t field);

// A small fast generator (sfc32) over 32 bits.
class Dice {
 public:
  explicit Dice(uint32_t seed);
  uint32_t next();
  double fraction() { return next() / 4294967296.0; }
  int64_t below(int64_t n) { return static_cast<int64_t>(fraction() * static_cast<double>(n)); }
  int64_t between(int64_t least, int64_t most) { return least + below(most - least + 1); }
  std::string hex(size_t digits);

 private:
  uint32_t a_, b_ = 0x9e3779b9, c_ = 0x243f6a88, d_ = 1;
};

// Draws records one after the other.
class Generator {
 public:
  explicit Generator(uint32_t seed = 1);
  Put record();
  Edit edit(const Put& record);
  Dice& dice() { return dice_; }
  // The next records are from so many days after the first.
  void skip_to_day(int64_t day);

 private:
  Dice dice_;
  int64_t wall_ms_;
};

// `count` records; after each, with a probability of `edit_percent`, an edit of an earlier one.
std::vector<Change> make_base(size_t count, double edit_percent = 0, uint32_t seed = 1);
// What is new on top of `count` records: new ones, then edits of different old ones.
std::vector<Change> make_delta(size_t count, size_t new_records, size_t edits, uint32_t seed = 1);

// One line, without its end: {"op":"put","rec":{…}} or {"op":"edit","id":…,"set":{…}}.
std::string to_json_line(const Change& change);
// P, then the fields; or E, the id and name-value pairs; parted by tabs.
std::string to_tsv_line(const Change& change);
// A varint of the length of what follows: 1 (put) or 2, the id's 16 bytes, and for each field its
// number and value; choices as numbers, dates as days, texts with their length.
std::string to_binary(const Change& change);

enum class Format { kJson, kTsv, kBinary };
std::string encode(const std::vector<Change>& changes, Format format);

}  // namespace sitelog::bench
