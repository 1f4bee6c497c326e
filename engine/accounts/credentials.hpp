#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/secret.hpp"
#include "sync/ledger/result.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// What a program may do in an account's name. A value.
struct ApiToken {
  std::string id = {};  // names it; opens nothing
  std::string account = {};
  std::string purpose = {};
  std::set<std::string> operations = {};  // empty: all that the account may
  int64_t added_ms = 0;
  int64_t expires_ms = 0;
};

// What codes of an authenticator app follow from, and what recovery codes hash to. A value.
struct SecondFactor {
  std::string secret;  // bytes
  std::set<Hash> recovery;
};

// How people and programs prove who they are: what passwords, set-up links and tokens hash to. In a
// file of this data folder (credentials.json), all in memory too; no other daemon has it. Changes
// are durable when they return, throw StoreError, and then nothing has changed. Accounts go by the
// name that the AccountBook has. Any thread.
class Credentials {
 public:
  static constexpr const char* kFile = "credentials.json";
  // `folder` outlives it. Refuses kFolderDamaged a file that is there and can't be read as one.
  static Result<std::unique_ptr<Credentials>> open(const DataFolder& folder);

  // Empty where there is none.
  std::string password_of(const std::string& account) const;
  // Its set-up link is used up.
  void set_password(const std::string& account, const std::string& hash);
  // From now on only the link lets in, once, until it expires.
  void set_link(const std::string& account, const Hash& link, int64_t expires_ms);
  bool awaits_link(const std::string& account, int64_t now_ms) const;
  // What became of a link that is good no more, and whose it was. Of each account the last that was
  // used or replaced is known, and one that ran out.
  enum class LinkEnd { kUsed, kReplaced, kExpired };
  struct EndedLink {
    std::string account;
    LinkEnd end;
  };
  std::optional<EndedLink> ended_link(const Hash& link, int64_t now_ms) const;
  // Whose link that is, while it is good.
  std::optional<std::string> account_of_link(const Hash& link, int64_t now_ms) const;
  // Sets the password of the link's account, if the link is good still: of two at once one does.
  bool use_link(const Hash& link, int64_t now_ms, const std::string& password_hash);

  // Stays when the password is another.
  std::optional<SecondFactor> second_factor(const std::string& account) const;
  void set_second_factor(const std::string& account, std::optional<SecondFactor> factor);
  // Once: of two at the same time one does.
  bool use_recovery(const std::string& account, const Hash& code);
  // Who has one of these roles signs in with a second factor.
  std::set<std::string> roles_with_second_factor() const;
  void need_second_factor(const std::string& role, bool needed);

  void add(const ApiToken& token, const Hash& secret);
  bool remove_token(const std::string& id);
  void remove_tokens_of(const std::string& account);
  std::optional<ApiToken> find(const Hash& secret, int64_t now_ms) const;
  std::optional<ApiToken> token(const std::string& id) const;
  // Whose token or set-up link it was that has run out.
  std::optional<std::string> account_of_expired(const Hash& secret, int64_t now_ms) const;
  std::vector<ApiToken> tokens() const;  // the eldest first

 private:
  struct Link {
    Hash hash;
    int64_t expires_ms = 0;
  };
  struct Ended {
    Hash hash;
    bool used = false;  // else another came in its place
  };
  struct OfAccount {
    std::string password;
    std::optional<Link> link;
    std::optional<Ended> ended;
    void end_link(bool used);
    std::optional<SecondFactor> second;
  };
  struct All {
    std::map<std::string, OfAccount> accounts;
    std::set<std::string> second_for;  // roles
    std::map<Hash, ApiToken> tokens;
  };
  explicit Credentials(const DataFolder& folder) : folder_(folder) {}
  std::shared_ptr<const All> now() const;
  void keep(All changed);
  static std::string to_file(const All& all);
  static All from_file(const std::string& text);

  const DataFolder& folder_;
  std::mutex writing_;        // one after the other; who reads doesn't wait for the disk
  mutable std::mutex mutex_;  // guards the pointer
  std::shared_ptr<const All> all_ = std::make_shared<All>();
};

}  // namespace sitelog
