#include "sync/store/sqlite/entry_writer.hpp"

namespace sitelog {

static_assert(Packing{}.own_run_bytes + limits::kEntryBytesMax + kBytesBesideEntry <= Packer::kMax,
              "the longest run that waits fits a block");

EntryWriter::EntryWriter(Database& database, const StoreOptions& options)
    : packing_(options.packing),
      helpers_(*options.helpers),
      insert_entry_(
          database,
          "INSERT INTO entries (entry_id, record_id, name, bytes) VALUES (?1, ?2, ?3, ?4)"),
      insert_erased_(database, "INSERT INTO erased (entry_id, digest) VALUES (?1, ?2)"),
      insert_block_(database,
                    "INSERT INTO blocks (first_entry, entries, packed) VALUES (?1, ?2, ?3)"),
      select_last_block_(database,
                         "SELECT first_entry + entries FROM blocks"
                         " WHERE first_entry >= ?1 AND first_entry < ?2"
                         " ORDER BY first_entry DESC LIMIT 1"),
      select_loose_bytes_(database,
                          "SELECT sum(length(bytes) + 4) FROM entries"
                          " WHERE entry_id >= ?1 AND entry_id < ?2"),
      select_loose_(database,
                    "SELECT entry_id, bytes FROM entries WHERE entry_id >= ?1 AND entry_id < ?2"
                    " ORDER BY entry_id"),
      forget_bytes_(database,
                    "UPDATE entries SET bytes = NULL WHERE entry_id >= ?1 AND entry_id < ?2"
                    " AND entry_id NOT IN (SELECT entry_id FROM erased)") {
  static_assert(kBytesBesideEntry == 4, "as the sum above has it");
}

void EntryWriter::add(const NewEntry& entry, std::optional<int64_t> record_id, bool one_by_one) {
  if (!plans_.empty()) flush();
  Run& run = runs_[stream_of(entry.entry_id)];
  SITELOG_ASSERT(run.entries.empty() || run.entries.back().entry_id + 1 == entry.entry_id);
  run.entries.push_back({entry.entry_id, record_id, entry.name, *entry.bytes, entry.erased});
  run.bytes += entry.bytes->size() + kBytesBesideEntry;
  run.one_by_one = one_by_one;
}

std::optional<EntryName> EntryWriter::name(int64_t entry_id) const {
  const auto at = runs_.find(stream_of(entry_id));
  if (at == runs_.end()) return std::nullopt;
  const auto& entries = at->second.entries;
  const int64_t index = entry_id - entries.front().entry_id;
  if (index < 0 || index >= static_cast<int64_t>(entries.size())) return std::nullopt;
  return entries[static_cast<size_t>(index)].name;
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

EntryWriter::Plan EntryWriter::plan(const Run& run, Loose& alone) {
  Plan out;
  const int64_t first_added = run.entries.front().entry_id;
  out.first = out.packed_to = first_added;
  const size_t enough = run.one_by_one ? packing_.own_run_bytes : packing_.block_bytes;
  if (alone.bytes + run.bytes < enough) {
    out.bytes_left = alone.bytes + run.bytes;
    return out;
  }
  bool whole = true;
  select_loose_.with(alone.first, first_added);
  while (select_loose_.step()) {
    if (out.before.empty()) out.first = out.packed_to = select_loose_.number(0);
    const int64_t next = out.first + static_cast<int64_t>(out.before.size());
    whole = whole && select_loose_.number(0) == next && !select_loose_.is_null(1);
    out.before.push_back(select_loose_.text(1));
  }
  // A run that lacks something is damaged: it is left as it stands, for verify to name the place.
  if (!whole || out.first + static_cast<int64_t>(out.before.size()) != first_added) {
    out.before.clear();
    alone.first = out.first = out.packed_to = first_added;
  }
  Block block{out.first, {}, {}};
  const auto take = [&](std::string_view bytes) {
    block.entries.push_back(bytes);
    out.bytes_left += bytes.size() + kBytesBesideEntry;
    if (out.bytes_left < packing_.block_bytes) return;
    out.packed_to = block.first + static_cast<int64_t>(block.entries.size());
    out.bytes_left = 0;
    out.blocks.push_back(std::exchange(block, {out.packed_to, {}, {}}));
  };
  for (const std::string& bytes : out.before) take(bytes);
  for (const Added& entry : run.entries) take(entry.bytes);
  return out;
}

void EntryWriter::prepare() {
  if (runs_.empty() || !plans_.empty()) return;
  size_t blocks = 0;
  for (const auto& [stream_id, run] : runs_) {
    Plan& made = plans_[stream_id];
    made = plan(run, loose(stream_id, run.entries.front().entry_id));
    blocks += made.blocks.size();
  }
  if (blocks == 0) return;
  const auto pack = [this] {
    for (auto& [stream_id, made] : plans_) {
      for (Block& block : made.blocks) block.packed = packer_.pack(join_entries(block.entries));
    }
  };
  // A helper is woken in less time than a block takes.
  if (blocks > 1) {
    pack_work_ = Beside(helpers_, pack);
  } else {
    pack();
  }
}

void EntryWriter::flush() {
  prepare();
  pack_work_.wait();
  for (const auto& [stream_id, run] : runs_) write(run, plans_.at(stream_id));
  runs_.clear();
  plans_.clear();
}

void EntryWriter::write(const Run& run, const Plan& made) {
  const int64_t first_added = run.entries.front().entry_id;
  for (const Block& block : made.blocks) {
    insert_block_.with(block.first, block.entries.size(), as_bytes(block.packed)).run();
  }
  if (made.first < first_added && made.packed_to > made.first) {
    forget_bytes_.with(made.first, std::min(made.packed_to, first_added)).run();
  }
  for (const Added& entry : run.entries) {
    std::optional<BytesView> bytes;
    if (entry.entry_id >= made.packed_to || entry.erased) bytes = as_bytes(entry.bytes);
    insert_entry_.with(entry.entry_id, entry.record_id, entry.name, bytes).run();
    if (entry.erased) insert_erased_.with(entry.entry_id, *entry.erased).run();
  }
  Loose& alone = loose_.at(stream_of(first_added));
  if (!made.blocks.empty()) alone.first = made.packed_to;
  alone.bytes = made.bytes_left;
}

}  // namespace sitelog
