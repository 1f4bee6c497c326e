#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "sync/ledger/limits.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/shelf.hpp"
#include "sync/session/message.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/sqlite/stream_rows.hpp"
#include "sync/store/store_options.hpp"

namespace sitelog {

inline int64_t entry_id_of(int64_t stream_id, Sequence number) {
  static_assert(limits::kSequenceMax < uint64_t{1} << 40);
  return (stream_id << 40) + static_cast<int64_t>(number.value);
}
inline int64_t stream_of(int64_t entry_id) {
  return entry_id >> 40;
}
inline Sequence number_of(int64_t entry_id) {
  return {static_cast<uint64_t>(entry_id & ((int64_t{1} << 40) - 1))};
}

// Entries of `stream` with numbers from + 1 … to, on the way to some tip.
struct Segment {
  int64_t stream_id = 0;
  Sequence from, to;
};

// An entry that was not held before.
struct NewEntry {
  int64_t entry_id = 0;
  EntryName name;
  const std::string* bytes = nullptr;  // empty where its body is erased
  bool own = false;                    // just written here
  std::optional<Hash> erased = {};     // what it was, then
};

class EntryWriter;

// Books, streams, their hash chains and signed heads, and the entries' bytes. Part of a Store, in
// its transaction; keeps what it read in memory.
class StreamTable {
 public:
  explicit StreamTable(Database& database, const StoreOptions& options = {});
  ~StreamTable();

  std::optional<int64_t> find_book(const BookCode& code);
  int64_t book_id(const BookCode& code);  // makes it where it isn't there
  const BookCode& book_code(int64_t book_id);
  std::vector<BookCode> books();

  const StreamRows& rows(int64_t book_id) { return load(book_id); }
  const StreamRow& row(int64_t stream_id);
  VersionVector vector(int64_t book_id);
  Hash digest(int64_t book_id);

  EntryPlace place_of(int64_t entry_id, const EntryName& name) {
    return {row(stream_of(entry_id)).key, number_of(entry_id), name};
  }
  // Of an entry that is held.
  int64_t entry_id(int64_t book_id, const EntryPlace& place);
  // Forgets what was read: somebody else has written.
  void forget();

  // Where an entry stands; nothing when it isn't held.
  struct Place {
    int64_t stream_id = 0;  // 0: before every entry
    Sequence number;
  };
  std::optional<Place> find(int64_t book_id, const StreamKey& stream, const Mark& mark);
  EntryName name_at(int64_t stream_id, Sequence number);
  std::vector<Segment> way_to(const Place& place);
  // Its segments from the last to the first, as long as `visit` says to go on.
  void climb(const Place& place, const std::function<bool(const Segment&)>& visit);
  // How far the two ways run together.
  Sequence common(const Place& a, const Place& b);

  struct Appended {
    Tip end;
    std::vector<NewEntry> added;
  };
  // Checks chain and signature, then counts the entries in; the caller inserts them (insert_entry).
  // Refuses (kHeldUp) what would make more than `most` of the device in this book; nothing: as much
  // as it likes.
  Result<Appended> append(const Batch& batch, const std::optional<DeviceShare>& most = {});
  // What is held of a device in a book.
  DeviceShare held_of(int64_t book_id, const DeviceId& device);
  // Where the device's own stream has come to; nothing: nowhere yet.
  std::optional<EntryPlace> end_of_own(int64_t book_id, const StreamKey& stream);
  // The device's own next entry: no signature yet.
  NewEntry append_own(int64_t book_id, const StreamKey& stream, const PublicKey& key,
                      const std::string& bytes, Hash& head);
  void insert_entry(const NewEntry& entry, std::optional<int64_t> record_id);
  // Begins what `flush` does, where another thread can help.
  void prepare_flush();
  // Brings all inserted entries into the database; before other statements read them there.
  void flush();

  // Entries after `after` on the way to `tip`, up to a signed head. `sign` signs a head of a stream
  // that is this device's own; null for all others.
  using Signer = std::function<Signature(const BookCode&, const Tip&)>;
  Batch read(int64_t book_id, const Tip& tip, Sequence after, const Signer* sign);

  struct Kept {
    Sequence number;
    EntryName name;
    std::string_view bytes;  // empty where its body is erased
    Hash digest;             // as the chain has it
    bool erased = false;
  };
  // Calls back for each entry of a stream row in order.
  void each(int64_t stream_id, Sequence after, Sequence to,
            const std::function<void(const Kept&)>& visit);

  // Calls back for the last entry of each stream of a book whose body is there.
  void each_last(int64_t book_id,
                 const std::function<void(const StreamKey&, std::string_view bytes)>& visit);

  // The bytes of an entry that is held; nothing where they are erased.
  std::optional<std::string> body(int64_t entry_id);
  // Takes them away; their digest stays.
  void erase(int64_t entry_id);

 private:
  std::map<DeviceId, DeviceShare>& held_in(int64_t book_id);
  using Names = std::unordered_map<EntryName, int64_t, IdHash>;  // in which row
  StreamRows& load(int64_t book_id);
  // Of all entries with that number in a stream.
  const Names& names_at(int64_t book_id, const StreamKey& stream, Sequence number);
  // The row of a stream that has forked in which that entry stands; 0 for none.
  int64_t row_with(int64_t book_id, const StreamKey& stream, const Mark& mark);
  void grow(StreamRow& row, Sequence last, const Hash& head);
  StreamRow& mutable_row(int64_t stream_id);
  StreamRow& add_row(int64_t book_id, const StreamKey& key, const PublicKey& public_key,
                     const Place& parent);
  // The chain hash at a place, computed from the nearest signed head before it.
  Hash hash_at(int64_t book_id, const StreamKey& stream, const Place& place);
  std::optional<Place> next_with_name(int64_t book_id, const StreamKey& stream, const Place& place,
                                      const EntryName& name);
  void save_head(const StreamRow& row, Sequence number, const Hash& head,
                 const Signature& signature, int64_t bytes);
  std::optional<Hash> erased(int64_t entry_id);
  void take_from_block(int64_t entry_id);

  Database& database_;
  const StoreOptions options_;
  std::map<BookCode, int64_t> book_ids_;
  std::map<BookCode, int64_t>::const_iterator last_book_ = book_ids_.end();  // that was found
  std::map<int64_t, BookCode> book_codes_;
  std::map<int64_t, StreamRows> by_book_;
  std::map<int64_t, int64_t> book_of_stream_;
  std::map<int64_t, Hash> digests_;
  std::map<int64_t, std::map<DeviceId, DeviceShare>> held_in_;  // books that were asked for
  std::unique_ptr<EntryWriter> writer_;
  std::map<int64_t, EntryName> counted_in_;  // entries of `append` that are not inserted yet
  // Of streams that have forked: those last added, and what was asked for.
  std::unordered_map<EntryName, int64_t, IdHash> recent_;
  std::map<std::tuple<int64_t, StreamKey, Sequence>, Names> names_;
  size_t names_kept_ = 0;

  Statement select_book_, insert_book_, select_rows_, select_stream_book_, insert_row_, update_row_,
      select_name_, select_range_, select_device_, insert_device_, select_head_before_,
      select_head_after_, select_held_of_, insert_head_, delete_head_, count_entries_,
      select_erased_;
};

}  // namespace sitelog
