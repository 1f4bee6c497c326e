// The second proof beside the password: which roles have to have it, and what is done where it is
// lost.
#include "campaign/text.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::optional<Refusal> refuse_for_all(const OperationCall& call) {
  if (call.caller.scope.everything) return std::nullopt;
  return Refusal{Reason::kNotPermitted,
                 N_("accounts are given by an administrator of the whole headquarters"),
                 {}};
}

Result<Account> account_meant(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_for_all(call)) return *std::move(refusal);
  const std::string& name = call.args.text("account");
  const auto account = headquarters.accounts->book().find(name);
  if (account) return *account;
  return Refusal{Reason::kInvalidValue,
                 N_("there is no account {} (see sitelogd accounts list)"),
                 {shortened(name, 64)}};
}

// At the folder alone: who gives it sees the secret.
OperationAnswer give_second_factor(Headquarters& headquarters, const OperationCall& call) {
  const auto account = account_meant(headquarters, call);
  if (!account) return account.refusal();
  if (call.caller.known_by != KnownBy::kFolder) {
    return Refusal{Reason::kNotPermitted,
                   N_("others set their second factor up themselves, at the page (/setup)"),
                   {}};
  }
  const auto given = headquarters.accounts->give_second_factor(account->name);
  return json::object{{"account", account->name},
                      {"secret", given.offered.secret},
                      {"uri", given.offered.uri},
                      {"recovery", json::array(given.recovery.begin(), given.recovery.end())}};
}

OperationAnswer forget_second_factor(Headquarters& headquarters, const OperationCall& call) {
  const auto account = account_meant(headquarters, call);
  if (!account) return account.refusal();
  if (account->name == call.caller.name) {
    return Refusal{
        Reason::kNotPermitted, N_("one's own second factor is taken away by a code of it"), {}};
  }
  headquarters.accounts->forget_second_factor(account->name);
  return json::object{{"account", account->name}};
}

OperationAnswer require_second_factor(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_for_all(call)) return *std::move(refusal);
  const bool undo = call.args.flag("undo");
  // What no campaign knows any more can still be undone.
  const auto meant = headquarters.roles->meant(call.args.text("role"));
  if (!meant && !undo) return meant.refusal();
  const std::string role = meant ? *meant : call.args.text("role");
  Credentials& credentials = headquarters.accounts->credentials();
  credentials.need_second_factor(role, !undo);
  json::array roles;
  for (const std::string& each : credentials.roles_with_second_factor()) roles.emplace_back(each);
  return json::object{{"roles", std::move(roles)}};
}

}  // namespace

void add_second_factor_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "accounts.give_second_factor",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("a new second factor for an account, to be handed over; sessions end"),
       .secret = true,
       .arguments = {argument::text("account", N_("the account's name")).needed()},
       .answer = object(
           {{"account", text()}, {"secret", text()}, {"uri", text()}, {"recovery", list(text())}}),
       .run = run_by(headquarters, give_second_factor)});
  table.add({.name = "accounts.forget_second_factor",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("take away the second factor of who lost it; sessions end"),
             .arguments = {argument::text("account", N_("the account's name")).needed()},
             .answer = object({{"account", text()}}),
             .run = run_by(headquarters, forget_second_factor)});
  table.add(
      {.name = "accounts.require_second_factor",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("who has this role signs in with a second factor, or sets one up first"),
       .arguments = {argument::text("role", N_("administrator, viewer, or a role that a published "
                                               "campaign has, by its key or its name"))
                         .needed()
                         .between(1, limits::kNameBytesMax),
                     argument::flag("undo", N_("no more"))},
       .answer = object({{"roles", list(text())}}),
       .run = run_by(headquarters, require_second_factor)});
}

}  // namespace sitelog
