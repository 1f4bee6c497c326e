#pragma once

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sitelog {

using BytesView = std::span<const uint8_t>;

inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(BytesView bytes);
// Writes `size` bytes; false when `hex` is not exactly that many bytes in hexadecimal.
bool from_hex(std::string_view hex, uint8_t* out, size_t size);

// A fixed number of bytes with a meaning: values of different meanings do not mix.
template <class Tag, size_t N>
struct FixedBytes {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> bytes{};

  bool operator==(const FixedBytes&) const = default;
  // As memcmp orders them; eight bytes at a time, since maps of many thousands are searched by it.
  std::strong_ordering operator<=>(const FixedBytes& other) const {
    size_t i = 0;
    for (; i + 8 <= N; i += 8) {
      const uint64_t here = boost::endian::load_big_u64(&bytes[i]);
      const uint64_t there = boost::endian::load_big_u64(&other.bytes[i]);
      if (here != there) return here <=> there;
    }
    for (; i < N; ++i) {
      if (bytes[i] != other.bytes[i]) return bytes[i] <=> other.bytes[i];
    }
    return std::strong_ordering::equal;
  }
  BytesView view() const { return bytes; }
  std::string hex() const { return to_hex(bytes); }
  bool is_zero() const { return *this == FixedBytes{}; }

  static std::optional<FixedBytes> from(BytesView view) {
    if (view.size() != N) return std::nullopt;
    FixedBytes out;
    std::copy(view.begin(), view.end(), out.bytes.begin());
    return out;
  }
  static std::optional<FixedBytes> from(std::string_view view) { return from(as_bytes(view)); }
  static std::optional<FixedBytes> parse(std::string_view hex) {
    FixedBytes out;
    if (!from_hex(hex, out.bytes.data(), N)) return std::nullopt;
    return out;
  }
};

using RecordId = FixedBytes<struct RecordTag, 16>;
using DeviceId = FixedBytes<struct DeviceTag, 16>;  // the first 16 bytes of SHA-256(public key)
using EntryName = FixedBytes<struct EntryTag, 16>;  // the first 16 bytes of the entry's chain hash
using Hash = FixedBytes<struct HashTag, 32>;
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;
using AgreementPublicKey = FixedBytes<struct AgreementPublicKeyTag, 65>;  // 04, x, y
using Signature = FixedBytes<struct SignatureTag, 64>;

// A number with a meaning.
template <class Tag>
struct Number {
  uint64_t value = 0;
  auto operator<=>(const Number&) const = default;
};
using Sequence =
    Number<struct SequenceTag>;         // an entry's place in its stream: 1, 2, 3 …; 0: before
using Epoch = Number<struct EpochTag>;  // drawn at random when a device begins a stream

// A unit's code, which also names its book; `kRootBook` is the book that all may read.
using BookCode = std::string;
inline constexpr std::string_view kRootBook = "root";

inline EntryName name_of(const Hash& chain_hash) {
  EntryName name;
  std::copy_n(chain_hash.bytes.begin(), EntryName::kSize, name.bytes.begin());
  return name;
}

// For unordered containers: the ids are hashes or random already.
struct IdHash {
  template <class Tag, size_t N>
  size_t operator()(const FixedBytes<Tag, N>& id) const {
    size_t out;
    std::memcpy(&out, id.bytes.data(), sizeof out);
    return out;
  }
};

}  // namespace sitelog
