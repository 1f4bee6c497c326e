// Who may come in at headquarters' doors, in which roles; programs' tokens; the audit list.
#include <algorithm>

#include "campaign/looks.hpp"
#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kDayOfTokenMs = 24 * 3600 * 1000;
constexpr int64_t kAuditLines = 200, kAuditLinesMax = 100'000;

Refusal no_account(const std::string& name) {
  return {Reason::kInvalidValue,
          N_("there is no account {} (see sitelogd accounts list)"),
          {shortened(name, 64)}};
}

// Accounts reach beyond any one unit: they are given and taken by whom no unit bounds.
std::optional<Refusal> refuse_bounded(const OperationCall& call) {
  if (call.caller.scope.everything) return std::nullopt;
  return Refusal{Reason::kNotPermitted,
                 N_("accounts are given by an administrator of the whole headquarters"),
                 {}};
}

Result<Account> account_named(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_bounded(call)) return *std::move(refusal);
  const std::string& name = call.args.text("account");
  const auto account = headquarters.accounts->book().find(name);
  if (!account) return no_account(name);
  return *account;
}

// The id of the campaign whose records a role is for; empty where none is named.
Result<std::string> campaign_named(Headquarters& headquarters, const OperationCall& call) {
  const std::string& given = call.args.text("campaign");
  if (given.empty()) return given;
  return headquarters.engine->with_catalogue(
      [&](const CampaignCatalogue& catalogue) -> Result<std::string> {
        auto found = find_campaign(catalogue.campaigns(), given);
        if (!found) {
          const auto gone = find_campaign(catalogue.withdrawn(), given);
          if (!gone) return found.refusal();
          found = gone;
        }
        return (*found)->id;
      });
}

Result<RoleGrant> grant_named(Headquarters& headquarters, const OperationCall& call) {
  const auto meant = headquarters.roles->meant(call.args.text("role"));
  if (!meant) return meant.refusal();
  const std::string& role = *meant;
  Engine& engine = *headquarters.engine;
  const auto unit = engine.read([&](const Queries& queries) -> Result<BookCode> {
    const KnownUnits units(engine, queries);
    return unit_named(units, call);
  });
  if (!unit) return unit.refusal();
  const auto campaign = campaign_named(headquarters, call);
  if (!campaign) return campaign.refusal();
  if (!campaign->empty() && role == kAdministrator) {
    return Refusal{Reason::kInvalidValue,
                   N_("who administers does so for all campaigns: leave the campaign out"),
                   {}};
  }
  if (!campaign->empty() && !headquarters.roles->knows(role, *campaign)) {
    return Refusal{
        Reason::kInvalidValue, N_("campaign {} has no role {}"), {*campaign, shortened(role, 64)}};
  }
  return RoleGrant{role, *unit, *campaign};
}

json::object account_json(const Account& account) {
  json::array roles;
  for (const RoleGrant& grant : account.roles) {
    json::object role{{"role", grant.role}, {"unit", grant.unit}};
    if (!grant.campaign.empty()) role["campaign"] = grant.campaign;
    roles.emplace_back(std::move(role));
  }
  return {{"account", account.name}, {"roles", std::move(roles)}, {"disabled", account.disabled}};
}

// The password that was given, or a link by which its owner sets one.
OperationAnswer let_in(Headquarters& headquarters, const OperationCall& call,
                       const Account& account) {
  json::object out{{"account", account.name}};
  if (const auto password = call.args.given_text("password")) {
    const auto set = headquarters.accounts->set_password(account.name, *password);
    if (!set) return set.refusal();
    return out;
  }
  out["setup"] = headquarters.page + "/setup#" + headquarters.accounts->new_link(account.name);
  return out;
}

void tell_station_without_unit(Headquarters& headquarters, const RoleGrant& grant,
                               json::object& out) {
  const auto notice = station_without_unit(headquarters, grant);
  if (notice) out["notices"] = json::array{notice_json(*notice)};
}

OperationAnswer add_account(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_bounded(call)) return *std::move(refusal);
  const std::string& name = call.args.text("account");
  if (const auto fit = check_name(name); !fit) return fit.refusal();
  const auto grant = grant_named(headquarters, call);
  if (!grant) return grant.refusal();
  const std::lock_guard alone(*headquarters.changing_accounts);
  AccountBook& book = headquarters.accounts->book();
  if (const auto other = book.find(name)) {
    return Refusal{Reason::kInvalidValue,
                   N_("there is an account {} already: give it another role (sitelogd accounts "
                      "grant), or another password (sitelogd accounts reset)"),
                   {other->name}};
  }
  if (book.all().size() >= limits::kPeopleMax) {
    return Refusal{Reason::kTooLarge,
                   N_("there are {} accounts already: no more are kept"),
                   {std::to_string(limits::kPeopleMax)}};
  }
  const Account account{.name = name, .roles = {*grant}, .added_ms = read_clock().wall.ms};
  if (const auto password = call.args.given_text("password")) {
    if (const auto fit = headquarters.accounts->fits(account, *password); !fit) {
      return fit.refusal();
    }
  }
  if (const auto put = book.put(account, person_asking(call, *headquarters.engine)); !put) {
    return put.refusal();
  }
  const Person by = person_asking(call, *headquarters.engine);
  if (const auto told = tell_filled_roles(headquarters, by); !told) return told.refusal();
  auto out = let_in(headquarters, call, account);
  if (out) tell_station_without_unit(headquarters, *grant, *out);
  return out;
}

OperationAnswer reset_account(Headquarters& headquarters, const OperationCall& call) {
  const auto account = account_named(headquarters, call);
  if (!account) return account.refusal();
  // Who took over a session, or found a token, would else have the account for good.
  if (call.caller.known_by != KnownBy::kFolder && account->name == call.caller.name) {
    return Refusal{
        Reason::kNotPermitted,
        N_("one's own password is changed with the one so far; who has forgotten it asks "
           "another administrator"),
        {}};
  }
  if (account->disabled) {
    return Refusal{Reason::kInvalidValue,
                   N_("{} is disabled, so no link would let anybody in: first sitelogd accounts "
                      "disable {} --undo"),
                   {account->name, account->name}};
  }
  return let_in(headquarters, call, *account);
}

OperationAnswer list_accounts(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_bounded(call)) return *std::move(refusal);
  const int64_t now = read_clock().wall.ms;
  Credentials& credentials = headquarters.accounts->credentials();
  for (const Account& account : headquarters.accounts->book().all()) {
    json::object line = account_json(account);
    line["added"] = account.added_ms;
    line["password"] = !credentials.password_of(account.name).empty();
    line["link"] = credentials.awaits_link(account.name, now);
    line["second_factor"] = headquarters.accounts->has_second_factor(account.name);
    call.io.line(line);
  }
  return json::object{};
}

bool is_whole_administrator(const Account& account) {
  return !account.disabled && std::find(account.roles.begin(), account.roles.end(),
                                        RoleGrant{kAdministrator, {}}) != account.roles.end();
}

// Changes one account; nobody but the owner of the folder takes the last administrator away.
OperationAnswer change_account(Headquarters& headquarters, const OperationCall& call,
                               const std::function<Result<>(Account&)>& change) {
  const std::lock_guard alone(*headquarters.changing_accounts);
  auto account = account_named(headquarters, call);
  if (!account) return account.refusal();
  const bool counted = is_whole_administrator(*account);
  if (const auto changed = change(*account); !changed) return changed.refusal();
  const auto all = headquarters.accounts->book().all();
  if (counted && !is_whole_administrator(*account) && call.caller.known_by != KnownBy::kFolder &&
      std::count_if(all.begin(), all.end(), is_whole_administrator) == 1) {
    return Refusal{Reason::kNotPermitted,
                   N_("{} is the last administrator: nobody could let anybody in any more"),
                   {account->name}};
  }
  const auto put = headquarters.accounts->put(*account, person_asking(call, *headquarters.engine));
  if (!put) return put.refusal();
  const Person by = person_asking(call, *headquarters.engine);
  if (const auto told = tell_filled_roles(headquarters, by); !told) return told.refusal();
  return account_json(*account);
}

OperationAnswer grant_role(Headquarters& headquarters, const OperationCall& call) {
  const auto grant = grant_named(headquarters, call);
  if (!grant) return grant.refusal();
  auto out = change_account(headquarters, call, [&](Account& account) -> Result<> {
    if (std::find(account.roles.begin(), account.roles.end(), *grant) != account.roles.end()) {
      return Done{};
    }
    if (account.roles.size() >= limits::kRolesOfAccountMax) {
      return Refusal{
          Reason::kTooLarge,
          N_("these are {}; at most {} are taken"),
          {std::to_string(account.roles.size() + 1), std::to_string(limits::kRolesOfAccountMax)}};
    }
    account.roles.push_back(*grant);
    return Done{};
  });
  if (out) tell_station_without_unit(headquarters, *grant, *out);
  return out;
}

OperationAnswer withdraw_role(Headquarters& headquarters, const OperationCall& call) {
  // A role that no campaign has any more can be withdrawn too.
  Engine& engine = *headquarters.engine;
  const auto unit = engine.read([&](const Queries& queries) -> Result<BookCode> {
    const KnownUnits units(engine, queries);
    return unit_named(units, call);
  });
  if (!unit) return unit.refusal();
  auto campaign = campaign_named(headquarters, call);
  if (!campaign) campaign = call.args.text("campaign");  // one that isn't known any more
  const auto meant = headquarters.roles->meant(call.args.text("role"));
  const RoleGrant grant{meant ? *meant : call.args.text("role"), *unit, *campaign};
  return change_account(headquarters, call, [&](Account& account) -> Result<> {
    if (std::erase(account.roles, grant) > 0) return Done{};
    return Refusal{Reason::kInvalidValue,
                   N_("{} does not have the role {} there (see sitelogd accounts list)"),
                   {account.name, shortened(grant.role, 64)}};
  });
}

OperationAnswer disable_account(Headquarters& headquarters, const OperationCall& call) {
  const bool disable = !call.args.flag("undo");
  return change_account(headquarters, call, [&](Account& account) -> Result<> {
    account.disabled = disable;
    return Done{};
  });
}

// Whose tokens the caller may deal with: their own; of everybody, whom no unit bounds.
bool may_see_tokens_of(const OperationCall& call, const std::string& account) {
  if (call.caller.known_by == KnownBy::kFolder || call.caller.name == account) return true;
  return scope_of(call.caller, Right::kAdminister).everything;
}

OperationAnswer add_token(Headquarters& headquarters, const OperationCall& call) {
  const std::string& name = call.args.text("account");
  const auto account = headquarters.accounts->book().find(name);
  const bool own = account && account->name == call.caller.name;
  if (call.caller.known_by != KnownBy::kFolder && (!own || !call.caller.signed_in())) {
    return Refusal{Reason::kNotPermitted,
                   N_("a token is made by whose account it is, signed in with the password"),
                   {}};
  }
  if (!account) return no_account(name);
  ApiToken token{.id = draw_secret({}).text.substr(0, 12),
                 .account = account->name,
                 .purpose = call.args.text("purpose"),
                 .added_ms = read_clock().wall.ms};
  const auto& operations = call.args.texts("operations");
  for (const std::string& operation : operations) {
    if (!headquarters.knows_operation(operation) ||
        operations.size() > limits::kTokenOperationsMax) {
      return Refusal{Reason::kInvalidValue,
                     N_("there is no operation {} (see sitelogd operations)"),
                     {shortened(operation, 64)}};
    }
    token.operations.insert(operation);
  }
  token.expires_ms = token.added_ms +
                     call.args.integer("days").value_or(limits::kTokenDaysDefault) * kDayOfTokenMs;
  const std::lock_guard alone(*headquarters.changing_accounts);
  Credentials& credentials = headquarters.accounts->credentials();
  const auto all = credentials.tokens();
  const auto held = std::count_if(all.begin(), all.end(), [&](const ApiToken& each) {
    return each.account == token.account && each.expires_ms >= token.added_ms;
  });
  if (static_cast<size_t>(held) >= limits::kTokensOfAccountMax) {
    return Refusal{Reason::kTooLarge,
                   N_("{} has {} tokens already: remove one first (sitelogd tokens remove)"),
                   {token.account, std::to_string(held)}};
  }
  const Secret secret = draw_secret(kTokenMark);
  credentials.add(token, secret.hash);
  return json::object{{"token", secret.text},
                      {"id", token.id},
                      {"account", token.account},
                      {"expires", token.expires_ms}};
}

OperationAnswer list_tokens(Headquarters& headquarters, const OperationCall& call) {
  const std::string& only = call.args.text("account");
  const auto account = headquarters.accounts->book().find(only);
  for (const ApiToken& token : headquarters.accounts->credentials().tokens()) {
    if (!may_see_tokens_of(call, token.account)) continue;
    if (!only.empty() && (!account || account->name != token.account)) continue;
    call.io.line({{"id", token.id},
                  {"account", token.account},
                  {"purpose", token.purpose},
                  {"operations", json::array(token.operations.begin(), token.operations.end())},
                  {"added", token.added_ms},
                  {"expires", token.expires_ms}});
  }
  return json::object{};
}

OperationAnswer remove_token(Headquarters& headquarters, const OperationCall& call) {
  const std::string& id = call.args.text("id");
  Credentials& credentials = headquarters.accounts->credentials();
  const auto token = credentials.token(id);
  if (!token || !may_see_tokens_of(call, token->account)) {
    return Refusal{Reason::kInvalidValue,
                   N_("there is no token {} (see sitelogd tokens list)"),
                   {shortened(id, 64)}};
  }
  credentials.remove_token(id);
  return json::object{{"id", id}, {"account", token->account}};
}

OperationAnswer list_audit(Headquarters& headquarters, const OperationCall& call) {
  if (auto refusal = refuse_bounded(call)) return *std::move(refusal);
  AuditLog::Asked asked;
  asked.limit = static_cast<size_t>(call.args.integer("limit").value_or(kAuditLines));
  asked.who = call.args.text("account");
  const auto hours = call.args.integer("hours");
  if (hours) asked.since = read_clock().wall.ms - *hours * (kDayOfTokenMs / 24);
  const auto found = headquarters.accounts->audit().list(asked, call.io.line);
  return json::object{{"intact", found.intact}, {"begins", found.begins}};
}

Argument account_argument() {
  return argument::text("account", N_("the account's name")).needed();
}

Argument role_argument() {
  return argument::text("role", N_("administrator, viewer, or a role that a published campaign "
                                   "has, by its key or its name"))
      .needed()
      .between(1, limits::kNameBytesMax);
}

Argument at_unit_argument() {
  return argument::unit("unit", N_("the unit where the role holds; everywhere where not given"));
}

Argument of_campaign_argument() {
  return argument::text("campaign", N_("the campaign whose records the role is for; all campaigns' "
                                       "where not given"))
      .between(1, limits::kNameBytesMax);
}

Argument password_argument() {
  return argument::text("password", N_("the password; where not given, a link by which the "
                                       "account's owner sets one"))
      .between(1, int64_t{limits::kPasswordBytesMax});
}

std::vector<Member> account_members() {
  using namespace shape;
  return {{"account", text()},
          {"roles", list(object({{"role", text()},
                                 {"unit", text()},
                                 sometimes("unit_name", text()),
                                 sometimes("campaign", text())}))},
          {"disabled", flag()}};
}

void add_tokens(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "tokens.add",
       .writes = true,
       .help = N_("a token by which a program asks in an account's name; shown once"),
       .secret = true,
       .arguments = {account_argument(),
                     argument::integer("days", 1, limits::kTokenDaysMax,
                                       N_("how long it is good for; 90 where not given")),
                     argument::texts("operations", N_("only these operations; all that the account "
                                                      "may where not given")),
                     argument::text("purpose", N_("what it is for")).between(1, 200)},
       .answer =
           object({{"token", text()}, {"id", text()}, {"account", text()}, {"expires", integer()}}),
       .run = run_by(headquarters, add_token)});
  table.add({.name = "tokens.list",
             .help = N_("the tokens of programs, without what opens the door"),
             .audited = true,
             .arguments = {argument::text("account", N_("only this account's"))},
             .line = object({{"id", text()},
                             {"account", text()},
                             {"purpose", text()},
                             {"operations", list(text())},
                             {"added", integer()},
                             {"expires", integer()}}),
             .run = run_by(headquarters, list_tokens)});
  table.add({.name = "tokens.remove",
             .writes = true,
             .help = N_("end a token"),
             .arguments = {argument::text("id", N_("its id, as the list shows it")).needed()},
             .answer = object({{"id", text()}, {"account", text()}}),
             .run = run_by(headquarters, remove_token)});
}

void add_audit(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "audit.list",
       .right = Right::kAdminister,
       .help = N_("who signed in, did what, was refused, from where"),
       .audited = true,
       .arguments = {argument::integer("limit", 1, kAuditLinesMax,
                                       N_("how many of the newest; 200 where not given")),
                     argument::text("account", N_("only what this account did")),
                     argument::integer("hours", 1, 24 * 366 * 10, N_("only of so many hours"))},
       .line = object({{"n", integer()},
                       {"at", integer()},
                       {"what", text()},
                       sometimes("who", text()),
                       sometimes("how", text()),
                       sometimes("from", text()),
                       sometimes("operation", text()),
                       sometimes("on", text()),
                       sometimes("reason", text()),
                       sometimes("left_out", integer()),
                       sometimes("before", text()),
                       {"chain", text()}}),
       .answer = object({{"intact", flag()}, {"begins", integer()}}),
       .run = run_by(headquarters, list_audit)});
}

}  // namespace

void add_account_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  const Shape in = object({{"account", text()},
                           sometimes("setup", text()),
                           sometimes("notices", list(problem_shape()))});
  table.add({.name = "accounts.add",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("an account for somebody who is to come in at headquarters' page"),
             .secret = true,
             .arguments = {account_argument().between(1, limits::kPersonBytesMax), role_argument(),
                           at_unit_argument(), of_campaign_argument(), password_argument()},
             .answer = in,
             .run = run_by(headquarters, add_account)});
  auto listed = account_members();
  listed.insert(
      listed.end(),
      {{"added", integer()}, {"password", flag()}, {"link", flag()}, {"second_factor", flag()}});
  table.add({.name = "accounts.list",
             .right = Right::kAdminister,
             .help = N_("all accounts and their roles"),
             .audited = true,
             .line = object(std::move(listed)),
             .run = run_by(headquarters, list_accounts)});
  auto granted = account_members();
  granted.push_back(sometimes("notices", list(problem_shape())));
  table.add({.name = "accounts.grant",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("give an account a role"),
             .arguments = {account_argument(), role_argument(), at_unit_argument(),
                           of_campaign_argument()},
             .answer = object(std::move(granted)),
             .run = run_by(headquarters, grant_role)});
  table.add({.name = "accounts.withdraw",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("take a role from an account"),
             .arguments = {account_argument(), role_argument(), at_unit_argument(),
                           of_campaign_argument()},
             .answer = object(account_members()),
             .run = run_by(headquarters, withdraw_role)});
  table.add({.name = "accounts.disable",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("let an account in no more; what it did stands"),
             .arguments = {account_argument(), argument::flag("undo", N_("let it in again"))},
             .answer = object(account_members()),
             .run = run_by(headquarters, disable_account)});
  table.add({.name = "accounts.reset",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("a new set-up link or password for an account; sessions and tokens end"),
             .secret = true,
             .arguments = {account_argument(), password_argument()},
             .answer = in,
             .run = run_by(headquarters, reset_account)});
  add_tokens(table, headquarters);
  add_audit(table, headquarters);
}

}  // namespace sitelog
