#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/ledger/crypto.hpp"

// What somebody saw of a record, named so that it can be given back with what they do about it:
// as `seen_digest` (sync/merge/document), or as a short code of it.
namespace sitelog {

// A code: so many characters of Crockford's base32.
inline constexpr size_t kSeenCodeLength = 6;

// As it is compared: a digest in small hexadecimal, or a code in capitals. Forgives small letters
// and O for 0, I and L for 1. Nothing where it is neither.
std::optional<std::string> read_seen(std::string_view given);

// Makes a folder's codes. They follow from its key too: whoever writes entries elsewhere knows the
// digest of what they come to, and could try many for one of equal code, but can't know the code.
class SeenCodes {
 public:
  explicit SeenCodes(const SigningKey& key);

  std::string code(const Hash& seen) const;
  // Whether `given`, as read_seen gives it back, names this.
  bool names(const std::string& given, const Hash& seen) const;

 private:
  Hash secret_;
};

}  // namespace sitelog
