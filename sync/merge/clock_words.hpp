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

// All of these, and few: what another word says already is left out, and past this many of a stream
// the later of two neighbours stands for both, of those that lie nearest in time. So a word covers
// what was held when it was said and never what comes after it, and with time an entry is held to a
// later moment than its own word's at most: one at which its device said something again.
inline constexpr size_t kWordsOfStreamMax = 32;
ClockWords few_words(std::vector<ClockWord> said);
ClockWords operator+(const ClockWords& a, const ClockWords& b);

}  // namespace sitelog
