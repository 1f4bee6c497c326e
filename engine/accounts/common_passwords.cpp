#include "engine/accounts/common_passwords.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "campaign/looks.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

std::string_view common_passwords();  // the text, made from the file

namespace {

constexpr size_t kDigits = 8;  // of a digest, as it stands there

std::vector<uint32_t> read_digests(std::string_view text) {
  std::vector<uint32_t> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    for (; line.size() >= kDigits; line.remove_prefix(std::min(kDigits + 1, line.size()))) {
      uint32_t digest = 0;
      const auto read = std::from_chars(line.data(), line.data() + kDigits, digest, 16);
      SITELOG_ASSERT(read.ptr == line.data() + kDigits);
      out.push_back(digest);
    }
  }
  SITELOG_ASSERT(std::is_sorted(out.begin(), out.end()));
  return out;
}

}  // namespace

bool is_common_password(std::string_view password) {
  static const std::vector<uint32_t> known = read_digests(common_passwords());
  std::string plain;
  for (const char32_t point : looks_of(password)) {
    if (point >= 0x80) return false;  // the list is of ASCII
    plain += static_cast<char>(point);
  }
  const Hash hash = sha256(as_bytes(plain));
  const uint32_t digest = boost::endian::load_big_u32(hash.bytes.data());
  return std::binary_search(known.begin(), known.end(), digest);
}

}  // namespace sitelog
