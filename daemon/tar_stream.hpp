#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Files one behind the other as tar has them (POSIX ustar; GNU's binary sizes from 8 GiB on), so
// that what was decrypted can be unpacked without Sitelog too.
namespace sitelog {

inline constexpr size_t kTarBlock = 512;

struct TarEntry {
  std::string name;
  uint64_t size = 0;
};

// The block before a file's content. `name` has at most 100 bytes.
std::string tar_header(const TarEntry& entry);
// The zeros behind a content of that size.
std::string tar_padding(uint64_t size);
// The zeros behind the last file.
std::string tar_end();

// What a header block says; nothing where it is none of a plain file. The block of zeros at the end
// is none.
std::optional<TarEntry> read_tar_header(std::string_view block);
bool is_tar_end(std::string_view block);

}  // namespace sitelog
