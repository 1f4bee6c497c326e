#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "engine/accounts/account.hpp"
#include "engine/accounts/audit_log.hpp"
#include "engine/accounts/credentials.hpp"
#include "engine/accounts/passwords.hpp"
#include "engine/accounts/refused_tries.hpp"
#include "engine/accounts/second_factors.hpp"
#include "engine/accounts/sessions.hpp"
#include "engine/accounts/tries.hpp"
#include "engine/caller.hpp"
#include "engine/system.hpp"

namespace sitelog {

// Somebody whom a door knows: by a session or by a token.
struct Visitor {
  std::string account;
  KnownBy known_by = KnownBy::kPassword;
  std::optional<ApiToken> token = std::nullopt;
  // Their role asks for a second factor that they have not set up yet: they may do that alone.
  bool has_to_set_up = false;
};

// Who may come in at a headquarters' doors, and who is in. Every way in and every refusal goes to
// the audit list. Any thread but the store's; what takes a password takes tens of milliseconds.
class Accounts {
 public:
  using Clock = std::chrono::steady_clock;

  // `folder` outlives it. Refuses kFolderDamaged.
  static Result<std::unique_ptr<Accounts>> open(const DataFolder& folder,
                                                std::unique_ptr<AccountBook> book);

  AccountBook& book() { return *book_; }
  // Beside its name, what others think of first who guess this account's password. Set before
  // anybody comes.
  std::function<std::vector<std::string>(const Account&)> words_about = [](const Account&) {
    return std::vector<std::string>();
  };
  // Whether it may be this account's (Passwords::fit).
  Result<> fits(const Account& account, const std::string& password) const {
    return Passwords::fit(password, account.name, words_about(account));
  }
  Credentials& credentials() { return *credentials_; }
  AuditLog& audit() { return *audit_; }

  // Where `wait` is not 0 the password was not looked at.
  struct SignedIn {
    std::string account;
    std::string session;  // the secret
    RefusedTries::Told told;
  };
  struct NotSignedIn {
    Refusal refusal;
    std::chrono::seconds wait{0};
    bool code_missing = false;  // the password is right, and a code of the second factor is needed
  };
  // `code`: of the second factor; empty where none is given.
  std::variant<SignedIn, NotSignedIn> sign_in(const std::string& account,
                                              const std::string& password, const std::string& code,
                                              const std::string& from);
  void sign_out(const std::string& session, const std::string& from);
  void sign_out_everywhere(const Visitor& visitor, const std::string& from);
  // One's own sessions, and the end of one; false where there is none of this name.
  std::vector<Sessions::Told> sessions_of(const Visitor& visitor, const std::string& session) const;
  bool end_session(const Visitor& visitor, const std::string& id, const std::string& from);
  // Sets the first password by a set-up link; ends what sessions there were. Whose it was.
  Result<std::string> set_up(const std::string& link, const std::string& password,
                             const std::string& from);
  // The session goes on by another secret, every other one of the account has ended.
  struct Renewed {
    std::string session;  // the secret; empty where it has ended meanwhile
  };
  std::variant<Renewed, NotSignedIn> change_password(const Visitor& visitor,
                                                     const std::string& session,
                                                     const std::string& old_one,
                                                     const std::string& new_one,
                                                     const std::string& from);

  // The second factor of who is signed in. `code`: of the one that there is so far.
  std::variant<SecondFactors::Offered, NotSignedIn> offer_second_factor(const Visitor& visitor,
                                                                        const std::string& password,
                                                                        const std::string& code,
                                                                        const std::string& from);
  struct Confirmed : Renewed {
    std::vector<std::string> recovery;
  };
  std::variant<Confirmed, NotSignedIn> confirm_second_factor(const Visitor& visitor,
                                                             const std::string& session,
                                                             const std::string& code,
                                                             const std::string& from);
  std::variant<Renewed, NotSignedIn> remove_second_factor(const Visitor& visitor,
                                                          const std::string& session,
                                                          const std::string& password,
                                                          const std::string& code,
                                                          const std::string& from);
  // A new one, which counts at once; ends their sessions.
  SecondFactors::Given give_second_factor(const std::string& account);
  // Of somebody who lost it; ends their sessions.
  void forget_second_factor(const std::string& account);
  bool has_second_factor(const std::string& account) const { return second_.has(account); }
  bool has_to_have_second_factor(const Account& account) const;

  // Nothing where they prove nobody who may come in now.
  std::optional<Visitor> by_session(std::string_view secret);
  std::optional<Visitor> by_token(std::string_view secret);
  // Whose what was shown has been: a session that was signed out, a token or link that ran out. It
  // is told to them, and the line is for the audit list. Waits for nothing.
  std::optional<AuditLine> shown_too_late(std::string_view secret, const std::string& from);
  // What an account's owner is told of tries in their name.
  RefusedTries::Told told(const std::string& account) const { return refused_.told(account); }
  // Whether what they came in by is good still: `session` is what its secret hashes to. Is no use
  // of it.
  bool is_in(const Visitor& visitor, const Hash& session) const;
  // And whether they may do more than set up a second factor.
  bool may_stay(const Visitor& visitor, const Hash& session) const;
  // The account as it is now; nothing where it may not come in.
  std::optional<Account> admitted(const std::string& name) const;

  // Sessions outlive a restart: the next process takes them back, once, and none of an account
  // whose password or second factor is another by then. Throws StoreError where it can't be kept.
  void leave_sessions(const DataFolder& folder) const;
  void take_sessions_back(const DataFolder& folder);

  // What administrators do. The sessions and the tokens there were end.
  Result<> set_password(const std::string& account, const std::string& password);
  // A new set-up link's secret; the password there was ends too.
  std::string new_link(const std::string& account);
  // Changes it; where it is disabled its sessions end.
  Result<> put(const Account& account, const Person& by);

 private:
  Accounts(std::unique_ptr<AccountBook> book, std::unique_ptr<Credentials> credentials)
      : book_(std::move(book)),
        credentials_(std::move(credentials)),
        second_(*credentials_, read_clock().wall.ms / 1000) {}
  void recall(const boost::json::object& line);
  std::string renew_session(const Visitor& visitor, const std::string& session);
  // Of a set-up link that lets nobody in, or not any more.
  Refusal refuse_link(const Hash& secret, int64_t now, const std::string& from);
  std::optional<NotSignedIn> try_password(const std::string& name, const std::string& password,
                                          const std::string& code, const std::string& from,
                                          bool code_needed);
  // Of an account's password and second factor.
  Hash stamp_of(const std::string& account) const;
  NotSignedIn note_wrong(const std::optional<Account>& account, const std::string& called,
                         const std::string& from, const char* reason);

  std::unique_ptr<AccountBook> book_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<AuditLog> audit_;
  SecondFactors second_;
  Passwords passwords_;
  Sessions sessions_;
  Tries tries_;
  RefusedTries refused_;
};

}  // namespace sitelog
