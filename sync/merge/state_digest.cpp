#include "sync/merge/state_digest.hpp"

namespace sitelog {

Hash add(const Hash& a, const Hash& b) {
  Hash out;
  unsigned carry = 0;
  for (size_t i = Hash::kSize; i-- > 0;) {
    const unsigned sum = unsigned{a.bytes[i]} + b.bytes[i] + carry;
    out.bytes[i] = static_cast<uint8_t>(sum);
    carry = sum >> 8;
  }
  return out;
}

Hash negate(const Hash& a) {
  Hash out;
  for (size_t i = 0; i < Hash::kSize; ++i) out.bytes[i] = static_cast<uint8_t>(~a.bytes[i]);
  Hash one;
  one.bytes[Hash::kSize - 1] = 1;
  return add(out, one);
}

}  // namespace sitelog
