#include "sync/ledger/crypto.hpp"

#include <algorithm>
#include <iterator>

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

bool is_signing_key(const PublicKey& key) {
  // y of a point, 255 bits little-endian; the bit above is the sign of x.
  constexpr size_t kTop = PublicKey::kSize - 1;
  auto y = key.bytes;
  y[kTop] &= 0x7f;
  // At or past p = 2^255 - 19.
  const bool all_ones = y[kTop] == 0x7f && std::all_of(y.begin() + 1, y.end() - 1,
                                                       [](uint8_t byte) { return byte == 0xff; });
  if (all_ones && y[0] >= 0xed) return false;
  // 0, 1, p - 1, and the two of order 8.
  constexpr std::string_view kSmallOrder[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"};
  static const auto small = [&] {
    std::array<std::array<uint8_t, PublicKey::kSize>, std::size(kSmallOrder)> out{};
    for (size_t i = 0; i < out.size(); ++i) {
      SITELOG_ASSERT(from_hex(kSmallOrder[i], out[i].data(), out[i].size()));
    }
    return out;
  }();
  return std::find(small.begin(), small.end(), y) == small.end();
}

}  // namespace sitelog
