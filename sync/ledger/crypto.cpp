#include "sync/ledger/crypto.hpp"

namespace sitelog {

Hasher& Hasher::add_number(uint64_t number) {
  uint8_t big_endian[8];
  for (int i = 0; i < 8; ++i) big_endian[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
  return add(BytesView(big_endian));
}

Hasher& Hasher::add_sized(std::string_view text) {
  return add_number(text.size()).add(text);
}

Hash sha256(BytesView bytes) {
  thread_local Hasher hasher;
  return hasher.add(bytes).finish();
}

DeviceId device_of(const PublicKey& key) {
  const Hash hash = sha256(key.view());
  return *DeviceId::from(hash.view().first(DeviceId::kSize));
}

}  // namespace sitelog
