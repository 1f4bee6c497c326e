#pragma once

#include <string>
#include <string_view>

#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/sqlite.hpp"

// How SQL sees what is packed. On every connection to a store:
//
//   entry_bytes(entry_id, bytes)   an entry's bytes, from its row or its block; null where they are
//                                  missing or damaged
//   document(first_entry, state)   a merged record's JSON document. A record that only its first
//                                  entry speaks of keeps none: it is what that entry says. A packed
//                                  one is unpacked against that entry, which it mostly repeats.
//                                  Fails as a damaged file does where neither can be read.
//   unpacked(text)                 a text that is kept as it is or, where that saves room, packed
//   add_sums(kept, change)         a count's sums with more added to them (tally_rows.hpp)
namespace sitelog {

// Does nothing where they are there already. Gives back `database`.
Database& attach_functions(Database& database);
// A record that only its first entry speaks of.
struct EntryAsRecord {
  EntryName name;                // the entry's
  boost::json::object document;  // as document() gives it
  size_t bytes = 0;              // of the entry
};
// Throws StoreError (kDamaged) where the entry can't be read.
EntryAsRecord entry_as_record(Database& database, int64_t entry_id,
                              boost::json::storage_ptr memory);
// The same as it is merged.
struct EntryAsState {
  RecordState state;
  size_t bytes = 0;
};
EntryAsState entry_as_state(Database& database, int64_t entry_id);
// The entry's bytes alone, until the next call for this connection. Throws likewise.
std::string_view stored_bytes(Database& database, int64_t entry_id);
// The block that begins with this entry was written anew on this connection.
void forget_block(Database& database, int64_t first_entry);

// Whether a document that is kept stays as it is.
inline bool kept_as_text(const std::string& form, const StoredRecord& record) {
  return is_system_form(form) || record.state.size() > Packer::kMax;
}

// Likewise what a conflict lists. Two or three candidates hardly repeat each other; thousands do.
inline bool kept_as_text(std::string_view conflict) {
  constexpr size_t kSmall = 1024;
  return conflict.size() < kSmall || conflict.size() > Packer::kMax;
}

}  // namespace sitelog
