#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/merge/beside.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/stream_table.hpp"

namespace sitelog {

// Writes entries to their table: collects those of a transaction, then decides for each stream
// what is packed into blocks and what still stands alone. Part of a StreamTable.
class EntryWriter {
 public:
  EntryWriter(Database& database, const StoreOptions& options);

  // Copies the bytes. Entries of a stream come in order, none left out. `one_by_one`: as people
  // save them, so packed late (Packing::own_run_bytes).
  void add(const NewEntry& entry, std::optional<int64_t> record_id, bool one_by_one);
  // The name of an entry that was added and is not in the database yet.
  std::optional<EntryName> name(int64_t entry_id) const;
  // Whether any of this stream is not in the database yet.
  bool has(int64_t stream_id) const { return runs_.contains(stream_id); }
  // Begins to pack what `flush` will write, on another thread.
  void prepare();
  // Brings everything added into the database. Before anything there is read, and before a commit.
  void flush();

 private:
  struct Added {
    int64_t entry_id = 0;
    std::optional<int64_t> record_id;
    EntryName name;
    std::string bytes;
    std::optional<Hash> erased;
  };
  struct Run {
    std::vector<Added> entries;
    size_t bytes = 0;  // of what they take in blocks, here and below
    bool one_by_one = false;
  };
  // What of a stream stands alone: the entries behind its last block.
  struct Loose {
    int64_t first = 0;
    size_t bytes = 0;
  };

  struct Block {
    int64_t first = 0;
    std::vector<std::string_view> entries;
    std::string packed;
  };
  // What is to be written of one stream.
  struct Plan {
    std::vector<std::string> before;  // what stood alone and is packed now
    std::vector<Block> blocks;
    int64_t first = 0;      // entries from here …
    int64_t packed_to = 0;  // … up to before this one go into blocks
    size_t bytes_left = 0;  // of those behind them
  };

  Loose& loose(int64_t stream_id, int64_t before);
  Plan plan(const Run& run, Loose& alone);
  void write(const Run& run, const Plan& plan);

  const Packing packing_;
  Helpers& helpers_;
  std::map<int64_t, Run> runs_;     // by stream
  std::map<int64_t, Plan> plans_;   // likewise, from `prepare` to `flush`
  std::map<int64_t, Loose> loose_;  // likewise
  Packer packer_;
  Statement insert_entry_, insert_erased_, insert_block_, select_last_block_, select_loose_bytes_,
      select_loose_, forget_bytes_;
  Beside pack_work_;  // the last member: its end is waited for before any other's
};

}  // namespace sitelog
