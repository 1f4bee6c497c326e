#include "engine/accounts/passwords.hpp"

#include <argon2.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "campaign/looks.hpp"
#include "campaign/text.hpp"
#include "engine/accounts/common_passwords.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace {

constexpr size_t kSaltBytes = 16, kHashBytes = 32;
constexpr size_t kDistinctMin = 4;
constexpr size_t kWordMin = 2;  // characters
constexpr size_t kLeftMin = 6;

struct Place {
  explicit Place(std::counting_semaphore<limits::kArgonAtOnce>& places) : places_(places) {
    places_.acquire();
  }
  ~Place() { places_.release(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::counting_semaphore<limits::kArgonAtOnce>& places_;
};

// Whether so few characters are left without these words.
bool is_hardly_more_than(const std::string& password, std::vector<std::string> words) {
  std::u32string rest = looks_of(password);
  std::ranges::sort(words, std::ranges::greater(), &std::string::size);
  for (const std::string& word : words) {
    const auto looks = looks_of(word);
    if (looks.size() < kWordMin) continue;
    for (size_t at = rest.find(looks); at != rest.npos; at = rest.find(looks)) {
      rest.erase(at, looks.size());
    }
  }
  return rest.size() < kLeftMin && rest != looks_of(password);
}

}  // namespace

Result<> Passwords::fit(const std::string& password, const std::string& account,
                        const std::vector<std::string>& words) {
  const auto refuse = [](const char* text, std::vector<std::string> args = {}) {
    return Refusal{Reason::kInvalidValue, text, std::move(args)};
  };
  if (!is_utf8(password)) return refuse(N_("this is not text in UTF-8"));
  if (password.size() > limits::kPasswordBytesMax) {
    return refuse(N_("the password is too long: at most {} bytes"),
                  {std::to_string(limits::kPasswordBytesMax)});
  }
  std::set<uint32_t> distinct;
  size_t length = 0;
  for (std::string_view rest = password; !rest.empty(); ++length) {
    distinct.insert(take_code_point(rest));
  }
  if (length < limits::kPasswordLengthMin) {
    return refuse(N_("the password is too short: at least {} characters; a sentence is easy to "
                     "keep in mind"),
                  {std::to_string(limits::kPasswordLengthMin)});
  }
  if (distinct.size() < kDistinctMin) {
    return refuse(N_("the password is too easy to guess: it has fewer than {} different "
                     "characters"),
                  {std::to_string(kDistinctMin)});
  }
  std::vector<std::string> known{account};
  known.insert(known.end(), words.begin(), words.end());
  if (is_hardly_more_than(password, std::move(known))) {
    return refuse(
        N_("the password is too easy to guess: it is hardly more than the name of the "
           "account, its unit or the organisation"));
  }
  if (is_common_password(password)) {
    return refuse(N_("the password is one of those that are tried first, since many take it"));
  }
  return Done{};
}

std::string Passwords::hash(const std::string& password) {
  const Place place(places_);
  const auto salt = random_bytes<std::array<uint8_t, kSaltBytes>>();
  std::string out(argon2_encodedlen(limits::kArgonPasses, limits::kArgonMemoryKib, 1, kSaltBytes,
                                    kHashBytes, Argon2_id),
                  '\0');
  const int status = argon2id_hash_encoded(limits::kArgonPasses, limits::kArgonMemoryKib, 1,
                                           password.data(), password.size(), salt.data(),
                                           salt.size(), kHashBytes, out.data(), out.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  SITELOG_ASSERT(status == ARGON2_OK);
  out.resize(out.find('\0'));
  return out;
}

bool Passwords::matches(const std::string& password, const std::string& hash) {
  if (hash.empty()) {
    // Whether there is such an account does not show by how long it takes.
    this->hash(password);
    return false;
  }
  const Place place(places_);
  const int status = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return status == ARGON2_OK;
}

}  // namespace sitelog
