#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// SHA-256 (FIPS 180-4) over parts added in order. Reusable after `finish`. Not for two threads.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(BytesView bytes);
  Hasher& add(std::string_view text) { return add(as_bytes(text)); }
  // Eight bytes, big-endian.
  Hasher& add_number(uint64_t number);
  // The length as a number, then the text: so that neighbours can't run together.
  Hasher& add_sized(std::string_view text);
  Hash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash sha256(BytesView bytes);

}  // namespace sitelog
