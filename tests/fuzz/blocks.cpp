// What a store has packed, read back from a damaged file: a block of entries, a packed document and
// the columns that tell where its bytes are.
#include "sync/ledger/entry.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

// What went in comes out.
void check_packing(Packer& packer, const std::vector<std::string>& entries,
                   const std::string& like) {
  const std::vector<std::string_view> views(entries.begin(), entries.end());
  const std::string joined = join_entries(views);
  const auto split = split_entries(joined, entries.size());
  MUST(split && *split == views);
  MUST(packer.unpack(packer.pack(joined)) == joined);
  MUST(packer.unpack(packer.pack(joined, like), like) == joined);
}

// Any bytes: nothing, or as many entries as are asked for, which make up all of them.
void check_splitting(const std::string& joined, size_t count) {
  const auto entries = split_entries(joined, count);
  if (!entries) return;
  MUST(entries->size() == count);
  MUST(join_entries(*entries) == joined);
}

// The first column of the first row, or nothing: null, or told as damage.
std::optional<std::string> read(Database& database, const char* sql, int64_t first, int64_t at) {
  try {
    Statement select(database, sql);
    select.with(first, at);
    if (!select.step() || select.is_null(0)) return std::nullopt;
    return select.text(0);
  } catch (const StoreError& error) {
    MUST(error.kind() == StoreError::Kind::kDamaged);
    return std::nullopt;
  }
}

}  // namespace

FUZZ_TARGET(blocks) {
  Choices choices(input);
  Packer packer;
  const bool honest = choices.flag();
  const size_t count = choices.one_of(16);
  const std::string like = choices.sized();
  std::vector<std::string> entries;
  for (size_t i = 0; honest && i < count; ++i) entries.push_back(choices.sized());
  check_packing(packer, entries, like);
  const std::string bytes = choices.rest();
  check_splitting(bytes, count);
  if (const auto unpacked = packer.unpack(bytes, like)) {
    MUST(unpacked->size() <= Packer::kMax);
    check_splitting(*unpacked, count);
  }

  // A block of these entries, or of any bytes, as packed or after packing; and beside it an entry
  // that keeps its bytes, which a record is said to begin with.
  const std::string block = honest ? packer.pack(join_entries({entries.begin(), entries.end()}))
                                   : (count % 2 == 0 ? bytes : packer.pack(bytes));
  Database database(":memory:",
                    Database::Mode::kReadWrite);  // new: a block is taken never to change
  prepare_writer(database);
  MUST(static_cast<bool>(bring_up_to_date(database, [] {})));
  Statement(database, "INSERT INTO blocks VALUES (5, ?1, ?2)").with(count, as_bytes(block)).run();
  Statement(database, "INSERT INTO entries VALUES (3, NULL, zeroblob(16), ?1)")
      .with(as_bytes(like))
      .run();
  Statement insert(database, "INSERT INTO entries VALUES (?1, NULL, zeroblob(16), NULL)");
  for (const int64_t id : {4, 5, 7, 40}) insert.with(id).run();
  Statement(database,
            "INSERT INTO records (book_id, record, form, first_entry, state)"
            " VALUES (1, zeroblob(16), 'event', 3, ?1)")
      .with(as_bytes(bytes))
      .run();
  const char* const entry_bytes = "SELECT entry_bytes(?2, NULL) WHERE ?1 IS NOT NULL";
  for (const int64_t id : {4, 5, 7, 19, 40}) {
    const auto found = read(database, entry_bytes, 0, id);
    const auto index = static_cast<size_t>(id - 5);
    if (honest) MUST(found.has_value() == (id >= 5 && index < entries.size()));
    if (honest && found) MUST(*found == entries[index]);
    // A document of any bytes, made from any entry.
    read(database, "SELECT document(?2, NULL) WHERE ?1 IS NOT NULL", 0, id);
    read(database, "SELECT document(?2, state) FROM records WHERE first_entry = ?1", 3, id);
  }
  const auto packed = read(database, "SELECT document(?1, state) FROM records WHERE ?2 = 0", 3, 0);
  MUST(packed == packer.unpack(bytes, like));
  const auto made = read(database, "SELECT document(?1, NULL) WHERE ?2 = 0", 3, 0);
  MUST(made.has_value() == static_cast<bool>(decode_entry(as_bytes(like))));
}
