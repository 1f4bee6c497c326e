#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// A write that somebody asked for by a key of their own (Idempotency-Key), as it is kept: in
// `meta`, written by the transaction that did it, so that it is there exactly where the entries
// are. A value.
struct AskedWrite {
  std::string account;
  Hash key;      // what the key hashes to
  Hash request;  // what was asked
  int64_t at_ms = 0;
  // The first entry that it wrote; empty and 0 where it wrote none.
  std::string record = {};
  std::string stream = {};
  uint64_t number = 0;
  // What names the roles that it was asked with.
  std::set<std::string> by = {};
  // What was answered, as JSON; nothing where it ended before that was kept, or was not to be.
  std::optional<std::string> answer = std::nullopt;

  std::string to_text() const;
  static std::optional<AskedWrite> parse(const std::string& text);
  bool operator==(const AskedWrite&) const = default;
};

inline constexpr const char* kAskedKey = "asked/";  // in `meta`, with the number of the place

}  // namespace sitelog
