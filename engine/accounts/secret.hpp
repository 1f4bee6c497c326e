#pragma once

#include <string>
#include <string_view>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// What opens a door to whoever has it: a session, an API token, a set-up link. 32 random bytes, as
// text, told once; kept is only what it hashes to (SHA-256), so that who reads the folder or a core
// file finds none that works.
struct Secret {
  std::string text;
  Hash hash;
};
// `mark` begins the text and says what it is.
Secret draw_secret(std::string_view mark);
Hash hash_of_secret(std::string_view text);

inline constexpr std::string_view kSessionMark = "s.";
inline constexpr std::string_view kTokenMark = "sitelog.";
inline constexpr std::string_view kSetupMark = "setup.";

}  // namespace sitelog
