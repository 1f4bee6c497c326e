#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/entry.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/store/clock_belief.hpp"
#include "sync/store/owed_words.hpp"

namespace sitelog {

// At headquarters: finds the streams of devices whose entries claim to be from later than now, in
// the transaction that brings them, and those whose candidates do in a conflict merged there. What
// is to be said of them is the store's to write. Part of a Store; its thread.
class ClockWatch {
 public:
  explicit ClockWatch(MergeWork& work) : work_(work) {}

  void begin();
  // The merge notes from here on what stands ahead.
  void tells(const ClockReading& now);
  const std::optional<ClockReading>& now() const { return now_; }
  void arrived(const BookCode& book, const StreamKey& stream, Sequence number,
               const ClockReading& clock);
  // After a merge: the streams that stand ahead. Once.
  MergeWork::Streams take_ahead();
  // All that do; looks at every entry.
  MergeWork::Streams all_ahead();
  // What is to be said of them. What a transaction that is rolled back owes is forgotten with it.
  OwedWords& owed() { return owed_; }

 private:
  struct Arrived {
    BookCode book;
    StreamKey stream;
    std::vector<std::pair<Sequence, ClockReading>> entries;
  };

  MergeWork& work_;
  std::optional<ClockReading> now_;  // the last that was told in this transaction
  std::vector<Arrived> arrived_;     // in this transaction
  OwedWords owed_;
};

}  // namespace sitelog
