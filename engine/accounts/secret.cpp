#include "engine/accounts/secret.hpp"

#include <array>

#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

Secret draw_secret(std::string_view mark) {
  const auto bytes = random_bytes<std::array<uint8_t, 32>>();
  Secret out;
  out.text = std::string(mark) + to_hex(bytes);
  out.hash = hash_of_secret(out.text);
  return out;
}

Hash hash_of_secret(std::string_view text) {
  return sha256(as_bytes(text));
}

}  // namespace sitelog
