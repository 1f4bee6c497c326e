#pragma once

#include <cstdint>
#include <string>

namespace sitelog {

// A number in the form of protobuf's varints, least significant seven bits first.
inline void put_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

}  // namespace sitelog
