#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/credentials.hpp"

namespace sitelog {

// A second proof beside the password: codes of an authenticator app (totp.hpp), each good once, and
// recovery codes for who lost it. A secret counts once its owner has shown a code of it. Which code
// was used last is known as long as the process lasts: after a start codes of before it are not
// taken. Any thread.
class SecondFactors {
 public:
  // `credentials` outlives it. `started_s`: Unix time.
  SecondFactors(Credentials& credentials, int64_t started_s);

  bool has(const std::string& account) const;

  // A new secret, to be confirmed within limits::kSecondFactorOffered; the one so far counts on.
  struct Offered {
    std::string secret;  // in base32, for who types it
    std::string uri;     // for who photographs it
  };
  Offered offer(const std::string& account, const std::string& issuer, int64_t now_s);
  // The code is of the secret that was offered: it counts from now on. The recovery codes, told
  // once; nothing where the code is none, or nothing was offered.
  std::optional<std::vector<std::string>> confirm(const std::string& account,
                                                  const std::string& code, int64_t now_s);
  // Both at once, without a code: by whoever owns the folder, who then hands it over.
  struct Given {
    Offered offered;
    std::vector<std::string> recovery;
  };
  Given give(const std::string& account, const std::string& issuer);
  // Whether it is a code of now or a recovery code, and uses it up. Which of both it would be shows
  // by its looks.
  bool takes(const std::string& account, const std::string& code, int64_t now_s);
  static bool is_recovery(const std::string& code);

 private:
  struct Pending {
    std::string secret;
    int64_t until_s = 0;
  };
  std::vector<std::string> keep(const std::string& account, const std::string& secret);
  bool takes_step(const std::string& account, const std::string& secret, const std::string& code,
                  int64_t now_s);

  Credentials& credentials_;
  const int64_t first_step_;
  std::mutex mutex_;  // guards those below
  std::map<std::string, Pending> offered_;
  std::map<std::string, int64_t> last_step_;
};

}  // namespace sitelog
