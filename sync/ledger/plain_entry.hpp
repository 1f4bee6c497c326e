#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"

namespace sitelog {

// A value where it stands in an entry's bytes.
struct PlainValue {
  enum class Kind { kCleared, kText, kInteger, kFlag, kList };
  Kind kind = Kind::kCleared;
  std::string_view text;  // of a list: its items, encoded
  int64_t number = 0;     // of a flag: 0 or 1

  // The same as a value, in the memory that `out` has where that does.
  void put(Value& out) const;
};

// A record's first entry, as `encode` writes it, where it stands in its bytes: for tables, which
// read a million of them and take nothing out.
struct PlainEntry {
  std::string_view person;
  std::vector<std::pair<std::string_view, PlainValue>> fields;  // strictly ascending
};

// False where it is written in another way, refers to other entries or has a structure: then
// decode_entry tells. Of bytes that decode_entry takes, which those of a merged record are, it
// tells what that does; whether texts are UTF-8 is not looked at again.
bool read_plain(BytesView bytes, PlainEntry& out);

}  // namespace sitelog
