#pragma once

#include <functional>
#include <map>
#include <utility>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/clock_words.hpp"

namespace sitelog {

// What headquarters has yet to say of devices' clocks. Each time costs everybody in the unit an
// entry, so of one device it is said limits::kClockWordsAtOnce times in a row, and then once in
// limits::kClockWordsApartMs, all that has come up meanwhile. Part of a ClockWatch; in memory only.
class OwedWords {
 public:
  using Device = std::pair<BookCode, DeviceId>;
  using Streams = std::map<Epoch, ClockWords>;

  void add(const BookCode& book, const StreamKey& stream, const ClockWord& word);
  bool empty() const { return owed_.empty(); }
  // What may be said now, and of devices of which `at_once` says so. Once.
  std::map<Device, Streams> take_due(Instant now,
                                     const std::function<bool(const Device&)>& at_once);
  void forget() { owed_.clear(); }

 private:
  bool may_be_said(const Device& device, Instant now);

  std::map<Device, Streams> owed_;
  std::map<Device, Instant> used_up_to_;  // of a device's share in time
};

}  // namespace sitelog
