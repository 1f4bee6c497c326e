#include "daemon/tar_stream.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {

// Where things stand in a header (POSIX.1-2017, pax, "ustar Interchange Format").
constexpr size_t kNameBytes = 100;
constexpr size_t kModeAt = 100;
constexpr size_t kSizeAt = 124;
constexpr size_t kSizeBytes = 12;
constexpr size_t kChecksumAt = 148;
constexpr size_t kChecksumBytes = 8;
constexpr size_t kTypeAt = 156;
constexpr size_t kMagicAt = 257;
constexpr std::string_view kUstar{"ustar\00000", 8};
constexpr uint64_t kOctalSizeMax = 0777'7777'7777;

void put(std::string& block, size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(uint64_t number, size_t digits) {
  std::string out(digits, '0');
  for (size_t i = digits; i-- > 0; number >>= 3) out[i] = static_cast<char>('0' + (number & 7));
  return out;
}

// The sum of all bytes, the checksum's own taken for spaces.
uint64_t checksum(std::string_view block) {
  uint64_t out = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksumAt && i < kChecksumAt + kChecksumBytes;
    out += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return out;
}

std::optional<uint64_t> read_octal(std::string_view field) {
  const std::string_view digits = field.substr(0, field.find_first_of(std::string_view("\0 ", 2)));
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

std::optional<uint64_t> read_size(std::string_view field) {
  if (static_cast<unsigned char>(field[0]) != 0x80) return read_octal(field);
  uint64_t out = 0;
  for (size_t i = kSizeBytes - 8; i < kSizeBytes; ++i) {
    out = out << 8 | static_cast<unsigned char>(field[i]);
  }
  return out;
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  SITELOG_ASSERT(!entry.name.empty() && entry.name.size() <= kNameBytes);
  std::string out(kTarBlock, '\0');
  put(out, 0, entry.name);
  put(out, kModeAt, "0000600");
  put(out, 108, "0000000");
  put(out, 116, "0000000");
  if (entry.size <= kOctalSizeMax) {
    put(out, kSizeAt, octal(entry.size, kSizeBytes - 1));
  } else {
    out[kSizeAt] = '\x80';
    for (size_t i = 0; i < 8; ++i) {
      out[kSizeAt + kSizeBytes - 1 - i] = static_cast<char>(entry.size >> (8 * i));
    }
  }
  put(out, 136, "00000000000");
  out[kTypeAt] = '0';
  put(out, kMagicAt, kUstar);
  put(out, kChecksumAt, octal(checksum(out), 6) + std::string("\0 ", 2));
  return out;
}

std::string tar_padding(uint64_t size) {
  return std::string((kTarBlock - size % kTarBlock) % kTarBlock, '\0');
}

std::string tar_end() {
  return std::string(2 * kTarBlock, '\0');
}

bool is_tar_end(std::string_view block) {
  return block.size() == kTarBlock && block.find_first_not_of('\0') == block.npos;
}

std::optional<TarEntry> read_tar_header(std::string_view block) {
  if (block.size() != kTarBlock || block[kTypeAt] != '0') return std::nullopt;
  if (block.substr(kMagicAt, kUstar.size()) != kUstar) return std::nullopt;
  if (read_octal(block.substr(kChecksumAt, kChecksumBytes)) != checksum(block)) return std::nullopt;
  const auto size = read_size(block.substr(kSizeAt, kSizeBytes));
  const std::string_view name = block.substr(0, std::min(kNameBytes, block.find('\0')));
  if (!size || name.empty()) return std::nullopt;
  return TarEntry{std::string(name), *size};
}

}  // namespace sitelog
