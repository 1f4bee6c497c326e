#pragma once

#include <string>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/known_by.hpp"
#include "sync/ledger/result.hpp"
#include "sync/ledger/value.hpp"

namespace sitelog {

// One field of one record set to a value, with the earlier assignments of that field the author
// saw.
struct Assignment {
  std::string field;
  Value value;
  std::vector<EntryName> replaces;

  bool operator==(const Assignment&) const = default;
};

// One saved change, decoded. A value; the encoded bytes, not this, are what is stored and hashed.
struct Entry {
  RecordId record;
  std::string form;
  std::vector<EntryName> parents;  // the record's newest entries the author saw; none: it is new
  std::vector<Assignment> assignments;
  ClockReading clock;
  HybridTime hybrid;
  Person person;

  bool operator==(const Entry&) const = default;
};

// The author's one encoding (proto/ledger.proto). Refuses an entry past a limit (kTooLarge).
Result<std::string> encode(const Entry& entry);

// Decodes what some author wrote. Unknown protocol fields are ignored. Refuses (kMalformed,
// kTooLarge) what this version can't give a meaning to; the bytes are kept all the same.
Result<Entry> decode_entry(BytesView bytes);

// How many assignments an encoded entry has, of what decode_entry takes; less than there are in
// other bytes.
uint64_t count_assignments(BytesView bytes);

}  // namespace sitelog
