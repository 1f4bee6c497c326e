#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sync/ledger/stream.hpp"
#include "sync/ledger/tip_tree.hpp"
#include "sync/session/message.hpp"

namespace sitelog {

// One run of entries: a stream, or what parts from it at a fork.
struct StreamRow {
  int64_t id = 0;
  int64_t book_id = 0;
  StreamKey key;
  PublicKey public_key;
  std::optional<int64_t> fork_of;
  Sequence fork_number;  // its entries are the ones after this, up to `last`
  Sequence last;
  Hash head;
  uint64_t grown_at = 0;  // how many entries the book had when this one last grew

  Tip tip() const { return {key, last, head}; }
  uint64_t entries() const { return last.value - fork_number.value; }
  bool covers(Sequence number) const { return number > fork_number && number <= last; }
};

// The stream rows of one book, in memory. No lookup walks all of them: whoever may write here can
// make thousands. A row stays where it is, so that it can be referred to.
class StreamRows {
 public:
  // Those that are kept already.
  explicit StreamRows(std::vector<StreamRow> rows);
  StreamRows(const StreamRows&) = delete;
  StreamRows& operator=(const StreamRows&) = delete;

  StreamRow& add(StreamRow row);
  // An entry or more was added to a row.
  void grow(StreamRow& row, Sequence last, const Hash& head);

  const std::deque<StreamRow>& all() const { return rows_; }
  StreamRow* find(int64_t id);
  // Of one stream, the eldest first; of one device how many.
  const std::vector<StreamRow*>& of(const StreamKey& stream) const;
  size_t of_device(const DeviceId& device) const;
  // The row whose last entry has this name.
  StreamRow* ending_with(const EntryName& name) const;
  // What parts from a row (0: from the beginning) behind that number.
  const std::vector<StreamRow*>& parting(const StreamKey& stream, int64_t row,
                                         Sequence number) const;

  uint64_t entries() const { return entries_; }
  // Those that grew since the book had `entries`, or may have.
  std::vector<const StreamRow*> grown(uint64_t entries) const;
  const TipTree& tips() const { return tips_; }
  // Ascending.
  VersionVector vector() const;

 private:
  using Parting = std::pair<int64_t, Sequence>;
  void enter(StreamRow& row);

  std::deque<StreamRow> rows_;
  std::unordered_map<int64_t, StreamRow*> by_id_;
  std::map<StreamKey, std::vector<StreamRow*>> by_stream_;
  std::map<StreamKey, std::map<Parting, std::vector<StreamRow*>>> parting_;
  std::map<DeviceId, size_t> of_device_;
  std::unordered_map<EntryName, StreamRow*, IdHash> by_head_;
  std::set<std::pair<uint64_t, const StreamRow*>> by_growth_;
  TipTree tips_;
  uint64_t entries_ = 0;
};

}  // namespace sitelog
