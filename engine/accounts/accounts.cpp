#include "engine/accounts/accounts.hpp"

#include <algorithm>

#include "engine/accounts/session_file.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kSessionFile = "sessions.json";
constexpr const char* kIssuer = "Sitelog";  // what an authenticator app shows
constexpr const char* kSignedIn = "signed_in";
constexpr const char* kRefused = "sign_in_refused";
constexpr const char* kPutOff = "sign_in_put_off";
constexpr const char* kEndedShown = "ended_session_shown";
constexpr const char* kExpiredShown = "expired_secret_shown";
constexpr const char* kCodeAsked = "code_asked_for";

Refusal wrong() {
  return {Reason::kNotPermitted,
          N_("the account or the password is not right; who has forgotten it asks an administrator "
             "for a new set-up link"),
          {}};
}

}  // namespace

Result<std::unique_ptr<Accounts>> Accounts::open(const DataFolder& folder,
                                                 std::unique_ptr<AccountBook> book) {
  auto credentials = Credentials::open(folder);
  if (!credentials) return credentials.refusal();
  std::unique_ptr<Accounts> out(new Accounts(std::move(book), *std::move(credentials)));
  out->audit_ = AuditLog::open(folder, limits::kAuditPieceBytes,
                               [&out](const json::object& line) { out->recall(line); });
  return out;
}

// What the audit list says of tries before this process began.
void Accounts::recall(const json::object& line) {
  const auto text = [&line](const char* name) {
    const auto* value = line.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  const auto* at = line.if_contains("at");
  if (at == nullptr || !at->is_int64()) return;
  const std::string what = text("what");
  if (what == kSignedIn) {
    refused_.signed_in(text("who"), text("from"), at->get_int64());
  } else if (what == kRefused || what == kPutOff || what == kEndedShown || what == kExpiredShown) {
    const auto account = book_->find(text("on"));
    if (account) refused_.refused(account->name, text("from"), at->get_int64());
  }
}

std::optional<Account> Accounts::admitted(const std::string& name) const {
  auto account = book_->find(name);
  if (!account || account->disabled) return std::nullopt;
  return account;
}

Accounts::NotSignedIn Accounts::note_wrong(const std::optional<Account>& account,
                                           const std::string& called, const std::string& from,
                                           const char* reason) {
  tries_.failed(called, from, Clock::now());
  if (account) refused_.refused(account->name, from, read_clock().wall.ms);
  audit_->add_of_stranger({.from = from, .what = kRefused, .on = called, .reason = reason});
  return NotSignedIn{wrong()};
}

std::vector<Sessions::Told> Accounts::sessions_of(const Visitor& visitor,
                                                  const std::string& session) const {
  return sessions_.of(visitor.account, session, Clock::now());
}

bool Accounts::end_session(const Visitor& visitor, const std::string& id, const std::string& from) {
  if (!sessions_.end_named(visitor.account, id)) return false;
  audit_->add({.who = visitor.account,
               .how = name_of(visitor.known_by),
               .from = from,
               .what = "session_ended",
               .on = id});
  return true;
}

// Nothing where it is right, and the code too where one is needed: only then is it no wrong try.
std::optional<Accounts::NotSignedIn> Accounts::try_password(const std::string& name,
                                                            const std::string& password,
                                                            const std::string& code,
                                                            const std::string& from,
                                                            bool code_needed) {
  const auto account = admitted(name);
  const std::string& called = account ? account->name : name;
  if (const auto wait = tries_.wait(called, from, Clock::now()); wait.count() > 0) {
    if (account) refused_.refused(account->name, from, read_clock().wall.ms);
    audit_->add_of_stranger(
        {.from = from, .what = kPutOff, .on = called, .reason = "too_many_tries"});
    return NotSignedIn{{Reason::kNotPermitted,
                        N_("too many wrong tries from here: the next is looked at in {} seconds"),
                        {std::to_string(wait.count())}},
                       wait};
  }
  const std::string hash = account ? credentials_->password_of(account->name) : std::string();
  const bool fits =
      password.size() <= limits::kPasswordBytesMax && passwords_.matches(password, hash);
  if (!fits) return note_wrong(account, called, from, "not_permitted");
  if (code_needed && second_.has(called)) {
    if (code.empty()) {
      // Who has the password and no code: the owner on the way in, or somebody who goes no further.
      audit_->add_of_stranger({.from = from, .what = kCodeAsked, .on = called});
      return NotSignedIn{{Reason::kNotPermitted,
                          N_("give the code that your authenticator app shows too, or a recovery "
                             "code"),
                          {}},
                         {},
                         true};
    }
    if (!second_.takes(called, code, read_clock().wall.ms / 1000)) {
      NotSignedIn out = note_wrong(account, called, from, "wrong_code");
      out.refusal = {Reason::kNotPermitted,
                     N_("this code is not right, or was used already: wait for the next one"),
                     {}};
      out.code_missing = true;
      return out;
    }
  }
  tries_.succeeded(called, from);
  return std::nullopt;
}

std::variant<Accounts::SignedIn, Accounts::NotSignedIn> Accounts::sign_in(
    const std::string& name, const std::string& password, const std::string& code,
    const std::string& from) {
  if (auto refused = try_password(name, password, code, from, true)) return *std::move(refused);
  const auto account = admitted(name);
  if (!account) return NotSignedIn{wrong()};  // since a moment ago
  std::string session = sessions_.begin(account->name, Clock::now(), from);
  AuditLine line{
      .who = account->name, .how = name_of(KnownBy::kPassword), .from = from, .what = kSignedIn};
  if (second_.has(account->name)) {
    line.reason = SecondFactors::is_recovery(code) ? "with_recovery_code" : "with_code";
  }
  audit_->add(line);
  auto told = refused_.signed_in(account->name, from, read_clock().wall.ms);
  return SignedIn{account->name, std::move(session), std::move(told)};
}

void Accounts::sign_out(const std::string& session, const std::string& from) {
  const auto account = sessions_.end(session);
  if (!account) return;
  audit_->add(
      {.who = *account, .how = name_of(KnownBy::kPassword), .from = from, .what = "signed_out"});
}

void Accounts::sign_out_everywhere(const Visitor& visitor, const std::string& from) {
  sessions_.end_all(visitor.account);
  audit_->add({.who = visitor.account,
               .how = name_of(visitor.known_by),
               .from = from,
               .what = "signed_out_everywhere"});
}

// Whoever has the link's secret had it from who gave the link: they are told what became of it. Of
// any other, nothing.
Refusal Accounts::refuse_link(const Hash& secret, int64_t now, const std::string& from) {
  AuditLine line{.from = from, .what = "set_up_refused", .reason = "unknown_link"};
  Refusal out{Reason::kInvitationUnknown,
              N_("there is no such set-up link: open it just as it was given, or ask an "
                 "administrator for a new one (sitelogd accounts reset)"),
              {}};
  if (const auto ended = credentials_->ended_link(secret, now)) {
    line.on = ended->account;
    refused_.refused(ended->account, from, now);
    switch (ended->end) {
      case Credentials::LinkEnd::kUsed:
        line.reason = "used_link";
        out = {Reason::kInvitationUsed,
               N_("this set-up link was used: sign in with the password that was set by it. If "
                  "that was not you, tell an administrator at once"),
               {}};
        break;
      case Credentials::LinkEnd::kReplaced:
        line.reason = "replaced_link";
        out = {Reason::kInvitationUsed,
               N_("this set-up link is good no more: something newer was given in its place. Use "
                  "that, or ask an administrator"),
               {}};
        break;
      case Credentials::LinkEnd::kExpired:
        line = {.from = from, .what = kExpiredShown, .on = ended->account};
        out = {Reason::kInvitationExpired,
               N_("this set-up link has run out: ask an administrator for a new one (sitelogd "
                  "accounts reset)"),
               {}};
        break;
    }
  }
  audit_->add_of_stranger(line);
  return out;
}

Result<std::string> Accounts::set_up(const std::string& link, const std::string& password,
                                     const std::string& from) {
  const Hash secret = hash_of_secret(link);
  const int64_t now = read_clock().wall.ms;
  const auto name = credentials_->account_of_link(secret, now);
  const auto account = name ? admitted(*name) : std::nullopt;
  if (!account) return refuse_link(secret, now, from);
  if (const auto fit = fits(*account, password); !fit) return fit.refusal();
  if (!credentials_->use_link(secret, now, passwords_.hash(password))) {
    return refuse_link(secret, now, from);
  }
  sessions_.end_all(account->name);
  audit_->add({.who = account->name, .how = "link", .from = from, .what = "set_up"});
  return account->name;
}

// What proves somebody changed: every other session ends, and who holds a copy of this one's secret
// is out too.
std::string Accounts::renew_session(const Visitor& visitor, const std::string& session) {
  sessions_.end_all(visitor.account, session);
  return sessions_.renew(session).value_or("");
}

std::variant<Accounts::Renewed, Accounts::NotSignedIn> Accounts::change_password(
    const Visitor& visitor, const std::string& session, const std::string& old_one,
    const std::string& new_one, const std::string& from) {
  if (auto refused = try_password(visitor.account, old_one, {}, from, false)) {
    return *std::move(refused);
  }
  const Account account = admitted(visitor.account).value_or(Account{visitor.account});
  if (const auto fit = fits(account, new_one); !fit) return NotSignedIn{fit.refusal()};
  credentials_->set_password(visitor.account, passwords_.hash(new_one));
  Renewed out{renew_session(visitor, session)};
  audit_->add({.who = visitor.account,
               .how = name_of(visitor.known_by),
               .from = from,
               .what = "password_changed"});
  return out;
}

bool Accounts::has_to_have_second_factor(const Account& account) const {
  const auto roles = credentials_->roles_with_second_factor();
  return std::any_of(account.roles.begin(), account.roles.end(),
                     [&roles](const RoleGrant& grant) { return roles.contains(grant.role); });
}

std::variant<SecondFactors::Offered, Accounts::NotSignedIn> Accounts::offer_second_factor(
    const Visitor& visitor, const std::string& password, const std::string& code,
    const std::string& from) {
  // One that takes the place of another takes all that signing in takes.
  if (auto refused = try_password(visitor.account, password, code, from, true)) {
    return *std::move(refused);
  }
  return second_.offer(visitor.account, kIssuer, read_clock().wall.ms / 1000);
}

std::variant<Accounts::Confirmed, Accounts::NotSignedIn> Accounts::confirm_second_factor(
    const Visitor& visitor, const std::string& session, const std::string& code,
    const std::string& from) {
  if (const auto wait = tries_.wait(visitor.account, from, Clock::now()); wait.count() > 0) {
    return NotSignedIn{{Reason::kNotPermitted,
                        N_("too many wrong tries from here: the next is looked at in {} seconds"),
                        {std::to_string(wait.count())}},
                       wait};
  }
  auto recovery = second_.confirm(visitor.account, code, read_clock().wall.ms / 1000);
  if (!recovery) {
    NotSignedIn out = note_wrong(admitted(visitor.account), visitor.account, from, "wrong_code");
    out.refusal = {
        Reason::kInvalidValue,
        N_("this is not the code that the app shows now: look whether its clock and this "
           "computer's agree, or begin again"),
        {}};
    return out;
  }
  Confirmed out{{renew_session(visitor, session)}, *std::move(recovery)};
  audit_->add({.who = visitor.account,
               .how = name_of(visitor.known_by),
               .from = from,
               .what = "second_factor_set_up"});
  return out;
}

std::variant<Accounts::Renewed, Accounts::NotSignedIn> Accounts::remove_second_factor(
    const Visitor& visitor, const std::string& session, const std::string& password,
    const std::string& code, const std::string& from) {
  const auto account = admitted(visitor.account);
  if (account && has_to_have_second_factor(*account)) {
    return NotSignedIn{{Reason::kNotPermitted,
                        N_("a role of this account asks for a second factor: set up a new one "
                           "instead"),
                        {}}};
  }
  if (auto refused = try_password(visitor.account, password, code, from, true)) {
    return *std::move(refused);
  }
  credentials_->set_second_factor(visitor.account, std::nullopt);
  Renewed out{renew_session(visitor, session)};
  audit_->add({.who = visitor.account,
               .how = name_of(visitor.known_by),
               .from = from,
               .what = "second_factor_removed"});
  return out;
}

SecondFactors::Given Accounts::give_second_factor(const std::string& account) {
  auto out = second_.give(account, kIssuer);
  sessions_.end_all(account);
  return out;
}

void Accounts::forget_second_factor(const std::string& account) {
  credentials_->set_second_factor(account, std::nullopt);
  sessions_.end_all(account);
}

Hash Accounts::stamp_of(const std::string& account) const {
  const auto factor = credentials_->second_factor(account);
  const std::string both =
      credentials_->password_of(account) + "\n" + (factor ? factor->secret : std::string());
  return sha256(as_bytes(both));
}

void Accounts::leave_sessions(const DataFolder& folder) const {
  const auto left = sessions_.left(Clock::now());
  if (left.empty()) return;
  const auto stamp = [this](const std::string& account) { return stamp_of(account); };
  folder.write(kSessionFile, to_session_file(left, read_clock().wall.ms, stamp));
}

void Accounts::take_sessions_back(const DataFolder& folder) {
  const auto text = folder.read(kSessionFile);
  if (!text) return;
  // Before any of it counts: a copy that is put back lets in nobody twice.
  folder.remove(kSessionFile);
  const auto stamp = [this](const std::string& account) { return stamp_of(account); };
  sessions_.take_back(from_session_file(*text, read_clock().wall.ms, stamp), Clock::now());
}

std::optional<Visitor> Accounts::by_session(std::string_view secret) {
  const auto name = sessions_.find(secret, Clock::now());
  const auto account = name ? admitted(*name) : std::nullopt;
  if (!account) return std::nullopt;
  Visitor out{*name, KnownBy::kPassword};
  out.has_to_set_up = !second_.has(*name) && has_to_have_second_factor(*account);
  return out;
}

std::optional<Visitor> Accounts::by_token(std::string_view secret) {
  auto token = credentials_->find(hash_of_secret(secret), read_clock().wall.ms);
  if (!token || !admitted(token->account)) return std::nullopt;
  return Visitor{token->account, KnownBy::kToken, std::move(token)};
}

std::optional<AuditLine> Accounts::shown_too_late(std::string_view secret,
                                                  const std::string& from) {
  const int64_t now = read_clock().wall.ms;
  const auto ended = sessions_.ended(secret);
  const auto name = ended ? ended : credentials_->account_of_expired(hash_of_secret(secret), now);
  if (!name || !admitted(*name)) return std::nullopt;
  refused_.refused(*name, from, now);
  return AuditLine{.from = from, .what = ended ? kEndedShown : kExpiredShown, .on = *name};
}

bool Accounts::is_in(const Visitor& visitor, const Hash& session) const {
  if (!admitted(visitor.account)) return false;
  if (!visitor.token) return sessions_.lasts(session, Clock::now());
  const auto token = credentials_->token(visitor.token->id);
  return token && token->expires_ms >= read_clock().wall.ms;
}

bool Accounts::may_stay(const Visitor& visitor, const Hash& session) const {
  if (!is_in(visitor, session)) return false;
  const auto account = admitted(visitor.account);
  return visitor.token || second_.has(visitor.account) ||
         (account && !has_to_have_second_factor(*account));
}

Result<> Accounts::set_password(const std::string& account, const std::string& password) {
  const Account whose = book_->find(account).value_or(Account{account});
  if (const auto fit = fits(whose, password); !fit) return fit.refusal();
  credentials_->set_password(account, passwords_.hash(password));
  credentials_->remove_tokens_of(account);
  sessions_.end_all(account);
  return Done{};
}

std::string Accounts::new_link(const std::string& account) {
  const Secret link = draw_secret(kSetupMark);
  const auto expires = std::chrono::milliseconds(read_clock().wall.ms) + limits::kSetupMost;
  credentials_->set_link(account, link.hash, expires.count());
  credentials_->remove_tokens_of(account);
  sessions_.end_all(account);
  return link.text;
}

Result<> Accounts::put(const Account& account, const Person& by) {
  const auto written = book_->put(account, by);
  if (written && account.disabled) sessions_.end_all(account.name);
  return written;
}

}  // namespace sitelog
