#pragma once

#include <semaphore>
#include <string>
#include <vector>

#include "engine/accounts/limits.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// Passwords as Argon2id makes them (RFC 9106), so many at a time: whoever asks waits for a place.
// Any thread but the store's and those that carry sockets.
class Passwords {
 public:
  // Refuses (kInvalidValue) what is too short, too long, all alike, one of the commonest, or hardly
  // more than words that others think of: the account's name, and `words`.
  static Result<> fit(const std::string& password, const std::string& account,
                      const std::vector<std::string>& words = {});

  // "$argon2id$v=19$…", with a salt of its own.
  std::string hash(const std::string& password);
  // Takes as long for a `hash` that is empty, and is then false.
  bool matches(const std::string& password, const std::string& hash);

 private:
  std::counting_semaphore<limits::kArgonAtOnce> places_{limits::kArgonAtOnce};
};

}  // namespace sitelog
