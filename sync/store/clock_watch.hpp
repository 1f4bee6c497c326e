#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/entry.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/merge_work.hpp"

namespace sitelog {

// What headquarters' clock has said so far, and whether it can be believed: one that says an
// earlier time than before (its battery is empty) would have every device stand ahead of it.
// A value; kept in `meta` between transactions.
struct ClockBelief {
  Instant latest;                          // that was believed
  std::optional<Instant> doubted_since{};  // by the clock that is not
  bool unseen = false;  // entries from ahead came while it was doubted, or before anybody looked

  static ClockBelief read(const std::string& text);
  static bool readable(const std::string& text);
  std::string text() const;
  // Takes note of what the clock says now; true where it is believed. One that goes on without
  // another step back for limits::kClockDoubtedMs is.
  bool believe(Instant now);
  bool operator==(const ClockBelief&) const = default;
};

// At headquarters: finds the streams of devices whose entries claim to be from later than now, in
// the transaction that brings them, and those whose candidates do in a conflict merged there. What
// is to be said of them is the store's to write. Part of a Store; its thread.
class ClockWatch {
 public:
  explicit ClockWatch(MergeWork& work) : work_(work) {}

  void begin();
  void tells(const ClockReading& now) { now_ = now; }
  const std::optional<ClockReading>& now() const { return now_; }
  void arrived(const BookCode& book, const StreamKey& stream, Sequence number,
               const ClockReading& clock);
  // Before a merge: it notes what stands ahead.
  void look_on();
  // After it: the streams that stand ahead. Once.
  MergeWork::Streams take_ahead();

 private:
  struct Arrived {
    BookCode book;
    StreamKey stream;
    std::vector<std::pair<Sequence, ClockReading>> entries;
  };

  MergeWork& work_;
  std::optional<ClockReading> now_;  // the last that was told in this transaction
  std::vector<Arrived> arrived_;     // in this transaction
};

// What headquarters says of streams that it holds up to these numbers now, by the record of the
// grant: fields and values to assign.
std::map<std::string, Value> words_of(const Grant& grant,
                                      std::span<const std::pair<Epoch, Sequence>> held,
                                      Instant now);

}  // namespace sitelog
