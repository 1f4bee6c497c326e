#include "sync/store/entry_writer.hpp"

namespace sitelog {

EntryWriter::EntryWriter(Database& database, const Packing& packing)
    : packing_(packing),
      insert_entry_(
          database,
          "INSERT INTO entries (entry_id, record_id, name, bytes) VALUES (?1, ?2, ?3, ?4)"),
      insert_block_(database,
                    "INSERT INTO blocks (first_entry, entries, packed) VALUES (?1, ?2, ?3)"),
      select_last_block_(database,
                         "SELECT first_entry + entries FROM blocks"
                         " WHERE first_entry >= ?1 AND first_entry < ?2"
                         " ORDER BY first_entry DESC LIMIT 1"),
      select_loose_bytes_(database,
                          "SELECT sum(length(bytes)) FROM entries"
                          " WHERE entry_id >= ?1 AND entry_id < ?2"),
      select_loose_(database,
                    "SELECT entry_id, bytes FROM entries WHERE entry_id >= ?1 AND entry_id < ?2"
                    " ORDER BY entry_id"),
      forget_bytes_(database,
                    "UPDATE entries SET bytes = NULL WHERE entry_id >= ?1 AND entry_id < ?2") {}

void EntryWriter::add(const NewEntry& entry, std::optional<int64_t> record_id, bool one_by_one) {
  Run& run = runs_[stream_of(entry.entry_id)];
  SITELOG_ASSERT(run.entries.empty() || run.entries.back().entry_id + 1 == entry.entry_id);
  run.entries.push_back({entry.entry_id, record_id, entry.name, *entry.bytes});
  run.bytes += entry.bytes->size();
  run.one_by_one = one_by_one;
}

EntryWriter::Loose& EntryWriter::loose(int64_t stream_id, int64_t before) {
  const auto [at, fresh] = loose_.try_emplace(stream_id);
  if (fresh) {
    const int64_t stream_begin = entry_id_of(stream_id, {});
    at->second.first = select_last_block_.with(stream_begin, before).number_or(stream_begin);
    at->second.bytes =
        static_cast<size_t>(select_loose_bytes_.with(at->second.first, before).number_or(0));
  }
  return at->second;
}

void EntryWriter::flush() {
  for (const auto& [stream_id, run] : runs_) {
    Loose& alone = loose(stream_id, run.entries.front().entry_id);
    const size_t enough = run.one_by_one ? packing_.own_run_bytes : packing_.block_bytes;
    if (alone.bytes + run.bytes >= enough) {
      pack(run, alone);
    } else {
      for (const Added& entry : run.entries) insert(entry, false);
      alone.bytes += run.bytes;
    }
  }
  runs_.clear();
}

void EntryWriter::insert(const Added& entry, bool packed) {
  std::optional<BytesView> bytes;
  if (!packed) bytes = as_bytes(entry.bytes);
  insert_entry_.with(entry.entry_id, entry.record_id, entry.name, bytes).run();
}

void EntryWriter::pack(const Run& run, Loose& alone) {
  const int64_t first_added = run.entries.front().entry_id;
  std::vector<std::string> before;
  int64_t first = first_added;
  select_loose_.with(alone.first, first_added);
  while (select_loose_.step()) {
    if (before.empty()) first = select_loose_.number(0);
    before.push_back(select_loose_.text(1));
  }
  std::vector<std::string_view> all(before.begin(), before.end());
  for (const Added& entry : run.entries) all.push_back(entry.bytes);

  std::vector<std::string_view> block;
  size_t bytes = 0;
  int64_t packed_to = first;
  for (size_t i = 0; i < all.size(); ++i) {
    block.push_back(all[i]);
    bytes += all[i].size();
    if (bytes < packing_.block_bytes) continue;
    const std::string packed = packer_.pack(join_entries(block));
    insert_block_.with(packed_to, block.size(), as_bytes(packed)).run();
    packed_to += static_cast<int64_t>(block.size());
    block.clear();
    bytes = 0;
  }
  if (!before.empty() && packed_to > first) {
    forget_bytes_.with(first, std::min(packed_to, first_added)).run();
  }
  for (const Added& entry : run.entries) insert(entry, entry.entry_id < packed_to);
  alone = {packed_to, bytes};
}

}  // namespace sitelog
