#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"

// What headquarters says, in a device's grant, of a stream whose clock stands ahead of its own: no
// entry up to a number was written later than a moment, since by then headquarters held it
// (docs/merge.md, "Clock anchors").
namespace sitelog {

// Field of a grant: this and the stream's epoch in sixteen hexadecimal digits.
inline constexpr std::string_view kAheadPrefix = "ahead.";
// And one that speaks of all its streams.
inline constexpr std::string_view kAheadOfAll = "ahead.all";

struct ClockWord {
  Sequence upto;
  Instant not_after;
  bool operator==(const ClockWord&) const = default;
};

// The words of one stream. A value: what is kept of them follows from what was said alone.
class ClockWords {
 public:
  ClockWords() = default;
  explicit ClockWords(std::vector<ClockWord> said);
  // The value of such a field; what in it says nothing sensible is passed over.
  static ClockWords read(const Value& value);
  Value to_value() const;

  // The earliest of the words that cover the number; nothing where none does.
  std::optional<Instant> not_after(Sequence number) const;
  const std::vector<ClockWord>& said() const { return said_; }  // ascending by number
  bool operator==(const ClockWords& other) const { return said_ == other.said_; }

 private:
  std::vector<ClockWord> said_;
  std::vector<Instant> earliest_;  // of a word and those behind it
};

std::string ahead_field(Epoch epoch);
std::optional<Epoch> epoch_of_ahead_field(std::string_view field);

// How far behind what is held a further word reaches, where so many were said of the device before.
// The first 32 not at all; then twice as far each time. The 64th speaks of all that ever comes, of
// every stream: whoever may write can make any number of them. So a liar gets no more than these,
// and who was wrong so often is taken for early, not for late.
uint64_t reach_of_word(size_t said_before);
inline constexpr size_t kWordsOfDeviceMax = 64;
// The words with one more: of a stream that is held up to `tip` now.
ClockWords with_word(const ClockWords& words, size_t said_before, Sequence tip, Instant now);

}  // namespace sitelog
