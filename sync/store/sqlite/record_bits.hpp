#pragma once

// Internal to store: which records of a page have a trait, and numbers of a chunk, as they are
// kept.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitelog {

inline constexpr int64_t kRecordsOfPage = 4096;
inline constexpr int64_t kRecordsOfChunk = 512;
static_assert(kRecordsOfPage % kRecordsOfChunk == 0);

// Of the records of a page. A value.
struct PageBits {
  std::array<uint64_t, kRecordsOfPage / 64> words{};

  void set(size_t place, bool to);
  bool has(size_t place) const { return (words[place / 64] >> (place % 64) & 1) != 0; }
  bool none() const;
  bool operator==(const PageBits&) const = default;
};

// Fewer than 256 as their places, two bytes each, ascending; else a bit each, 512 bytes: least
// first in both. The same bits are always the same bytes.
std::string packed(const PageBits& bits);
// Nothing where it is not what `packed` makes.
std::optional<PageBits> unpacked_bits(std::string_view packed);

// Of the records of a chunk. A value.
using ChunkNumbers = std::array<uint32_t, kRecordsOfChunk>;

// Up to the last that is not 0. Where all that are not 0 are the same and `alike`, that one alone:
// unpacked it is said of all.
std::string packed(const ChunkNumbers& numbers, bool alike);
std::optional<ChunkNumbers> unpacked_numbers(std::string_view packed, bool alike);

}  // namespace sitelog
