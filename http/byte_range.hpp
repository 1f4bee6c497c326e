#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitelog {

// Bytes of a file that are asked for.
struct ByteRange {
  uint64_t first = 0;
  uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

// What the field Range asks for of so many bytes (RFC 9110, 14.1.2): one range. Nothing where it is
// to be passed over: it is not of bytes, is several, or is none.
struct AskedRange {
  std::optional<ByteRange> range;  // nothing: it lies behind the end
};
std::optional<AskedRange> parse_range(std::string_view field, uint64_t bytes);

// Content-Disposition of a file to be saved under this name (RFC 6266), which may be of any
// characters: those beside letters and digits as RFC 8187 writes them, after a plain name for who
// doesn't read that.
std::string attachment(std::string_view name);

// Whether If-None-Match or If-Range names this, an entity tag as it is sent (RFC 9110, 8.8.3).
bool names_tag(std::string_view field, std::string_view tag);

}  // namespace sitelog
