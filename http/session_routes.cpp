// Signing in and out, passwords, set-up links: what is the door's own matter and no operation.
#include <map>
#include <set>

#include "http/admission.hpp"
#include "http/given_arguments.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kTypedBytesMax = 1024;  // longer ones are no password in any case

json::array names_of(const std::set<Right>& rights) {
  json::array out;
  for (const Right right : rights) out.emplace_back(name_of(right));
  return out;
}

// What a role that was given lets its owner do: in any campaign; and, where campaigns let it do
// different things, in each of these.
void tell_rights(const ApiParts& parts, const RoleGrant& grant, json::object& line) {
  std::set<Right> any;
  std::map<std::string, std::set<Right>> by_campaign;
  for (const Role& held : parts.roles({grant})) {
    any.insert(held.may.begin(), held.may.end());
    for (const Scope::Part& part : held.scope.parts) {
      if (!part.campaign.empty())
        by_campaign[part.campaign].insert(held.may.begin(), held.may.end());
    }
  }
  line["may"] = names_of(any);
  if (!grant.campaign.empty() || by_campaign.empty()) return;
  json::object told;
  for (const auto& [campaign, rights] : by_campaign) told[campaign] = names_of(rights);
  line["may_in"] = std::move(told);
}

json::object account_json(const ApiParts& parts, const Account& account) {
  std::set<std::string> roles;
  std::set<BookCode> units;
  json::array grants;
  for (const RoleGrant& grant : account.roles) {
    roles.insert(grant.role);
    units.insert(grant.unit);
    json::object line{{"role", grant.role}, {"unit", grant.unit}};
    if (!grant.campaign.empty()) line["campaign"] = grant.campaign;
    tell_rights(parts, grant, line);
    grants.emplace_back(std::move(line));
  }
  return {{"account", account.name},
          {"roles", json::array(roles.begin(), roles.end())},
          {"unit", units.size() == 1 ? *units.begin() : BookCode()},
          {"grants", std::move(grants)}};
}

// on, off, or "needed": it has to be set up before anything else.
void tell_second_factor(const Accounts& accounts, const std::string& name, json::object& told) {
  const auto account = accounts.admitted(name);
  const bool needed = account && accounts.has_to_have_second_factor(*account);
  told["second_factor"] = accounts.has_second_factor(name) ? "on" : needed ? "needed" : "off";
}

Response answered(json::object answer) {
  return json_response(json::object{{"answer", std::move(answer)}});
}

Answer<Arguments> read(const Operation& row, const Asked& asked) {
  const auto given = arguments_from_body(asked.body);
  if (!given) return given.refusal();
  return read_arguments(row, *given);
}

Response refused(const Accounts::NotSignedIn& why, int status, Language language) {
  if (why.wait.count() > 0) status = 429;
  json::object problem = problem_json(why.refusal, status, language);
  if (why.code_missing) problem["second_factor"] = true;
  Response out{status, std::string(kProblemType), json::serialize(problem) + "\n"};
  if (why.wait.count() > 0) {
    out.fields.emplace_back("Retry-After", std::to_string(why.wait.count()));
  }
  return out;
}

void sign_in(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  const auto args = read(sign_in_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done = accounts.sign_in(args->text("account"), args->text("password"),
                                     args->text("code"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refused(*why, 401, asked.language));
  }
  const auto& in = std::get<Accounts::SignedIn>(done);
  if (!asked.session.empty()) accounts.sign_out(asked.session, asked.neighbourhood);
  json::object told =
      account_json(parts, accounts.admitted(in.account).value_or(Account{in.account}));
  told["refused_tries"] = to_json(in.told);
  tell_second_factor(accounts, in.account, told);
  Response out = answered(std::move(told));
  out.fields.emplace_back("Set-Cookie", cookie_of(in.session));
  reply.send(std::move(out));
}

// A token that leaked would else tell where its owner is, and put them out.
bool refuse_token(Accounts& accounts, const Asked& asked, Reply& reply) {
  if (asked.visitor->known_by == KnownBy::kPassword) return false;
  accounts.audit().add(refused_line(asked));
  reply.send(problem_response(
      Refusal{Reason::kNotPermitted,
              N_("one's sessions are told to, and ended by, who signed in with the password"),
              {}},
      asked.language));
  return true;
}

void tell_session(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  const auto account = accounts.admitted(asked.visitor->account);
  json::object told = account_json(parts, account.value_or(Account{asked.visitor->account}));
  // A token may have leaked: it is not told from where its owner comes.
  const bool owner = asked.visitor->known_by == KnownBy::kPassword;
  told["refused_tries"] =
      to_json(owner ? accounts.told(asked.visitor->account) : RefusedTries::Told());
  tell_second_factor(accounts, asked.visitor->account, told);
  reply.send(answered(std::move(told)));
}

void sign_out(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  const bool everywhere = asked.head.query == decltype(asked.head.query){{"everywhere", "true"}};
  if (everywhere && refuse_token(accounts, asked, reply)) return;
  if (everywhere) accounts.sign_out_everywhere(*asked.visitor, asked.neighbourhood);
  accounts.sign_out(asked.session, asked.neighbourhood);
  Response out = answered({});
  out.fields.emplace_back("Set-Cookie", cookie_of({}));
  reply.send(std::move(out));
}

void list_sessions(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  if (refuse_token(accounts, asked, reply)) return;
  const int64_t now = read_clock().wall.ms;
  json::array sessions;
  for (const Sessions::Told& each : accounts.sessions_of(*asked.visitor, asked.session)) {
    const auto before = [now](std::chrono::seconds ago) { return now - ago.count() * 1000; };
    sessions.emplace_back(json::object{{"id", each.id},
                                       {"from", each.from},
                                       {"since", before(each.since)},
                                       {"used", before(each.idle)},
                                       {"this", each.asking}});
  }
  reply.send(answered({{"sessions", std::move(sessions)}}));
}

void end_session(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  if (refuse_token(accounts, asked, reply)) return;
  const auto args = read(end_session_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  if (!accounts.end_session(*asked.visitor, args->text("id"), asked.neighbourhood)) {
    return reply.send(problem_response(
        Refusal{Reason::kUnknownRecord, N_("you have no such session, or not any more"), {}},
        asked.language));
  }
  reply.send(answered({{"id", args->text("id")}}));
}

void set_up(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  const auto args = read(set_up_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done =
      accounts.set_up(args->text("setup"), args->text("password"), asked.neighbourhood);
  if (!done) return reply.send(problem_response(done.refusal(), asked.language));
  reply.send(answered({{"account", *done}}));
}

void change_password(const ApiParts& parts, const Asked& asked, Reply& reply) {
  Accounts& accounts = parts.accounts;
  const auto args = read(change_password_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  // A token that leaked would else become a way in that its removal does not end.
  if (asked.visitor->known_by != KnownBy::kPassword) {
    accounts.audit().add(refused_line(asked));
    return reply.send(problem_response(
        Refusal{Reason::kNotPermitted, N_("a password is changed by who signed in with it"), {}},
        asked.language));
  }
  const auto done = accounts.change_password(*asked.visitor, asked.session, args->text("password"),
                                             args->text("new"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refused(*why, status_of(why->refusal), asked.language));
  }
  Response out = answered({});
  out.fields.emplace_back("Set-Cookie", cookie_of(std::get<Accounts::Renewed>(done).session));
  reply.send(std::move(out));
}

Argument password_argument(const char* name, const char* help) {
  return argument::text(name, help).needed().between(1, kTypedBytesMax);
}

Shape refused_tries_shape() {
  using namespace shape;
  return object(
      {{"count", integer()},
       {"from", list(object({{"from", text()}, {"count", integer()}, {"last", integer()}}))},
       sometimes("signed_in_before", object({{"at", integer()}, {"from", text()}}))});
}

}  // namespace

std::string cookie_of(const std::string& session) {
  return std::string(kSessionCookie) + "=" + session +
         "; Path=/; Secure; HttpOnly; SameSite=Strict" + (session.empty() ? "; Max-Age=0" : "");
}

Operation sign_in_row() {
  using namespace shape;
  return {.name = "session",
          .writes = true,
          .help = N_("sign in; the answer sets the cookie of the session"),
          .arguments = {argument::text("account", N_("the account's name")).needed(),
                        password_argument("password", N_("its password")),
                        argument::text("code", N_("of the second factor, where there is one"))
                            .between(1, kTypedBytesMax)},
          .answer = object({{"account", text()},
                            {"roles", list(text())},
                            {"unit", text()},
                            {"grants", list(object({{"role", text()},
                                                    {"unit", text()},
                                                    sometimes("campaign", text()),
                                                    {"may", list(text())},
                                                    sometimes("may_in", map(list(text())))}))},
                            {"refused_tries", refused_tries_shape()},
                            {"second_factor", text()}})};
}

Operation set_up_row() {
  using namespace shape;
  return {.name = "setup",
          .writes = true,
          .help = N_("set the first password of an account by its one-time set-up link"),
          .arguments = {argument::text("setup", N_("the secret of the link")).needed(),
                        password_argument("password", N_("the new password"))},
          .answer = object({{"account", text()}})};
}

Operation list_sessions_row() {
  using namespace shape;
  return {.name = "session.list",
          .help = N_("one's own sessions: since when, from where, when used last"),
          .answer = object({{"sessions", list(object({{"id", text()},
                                                      {"from", text()},
                                                      {"since", integer()},
                                                      {"used", integer()},
                                                      {"this", flag()}}))}})};
}

Operation end_session_row() {
  using namespace shape;
  return {.name = "session.end",
          .writes = true,
          .help = N_("end one of one's own sessions"),
          .arguments =
              {argument::text("id", N_("its id, as the list shows it")).needed().between(1, 64)},
          .answer = object({{"id", text()}})};
}

Operation change_password_row() {
  return {.name = "password",
          .writes = true,
          .help = N_("change one's own password; ends every other session of the account"),
          .arguments = {password_argument("password", N_("the password so far")),
                        password_argument("new", N_("the new password"))}};
}

void add_session_routes(Router& router, const ApiParts& parts) {
  const auto with = [&parts](void (*handler)(const ApiParts&, const Asked&, Reply&), bool open) {
    return Route{
        [&parts, handler](const Asked& asked, Reply& reply) { handler(parts, asked, reply); }, open,
        true};
  };
  const std::string api = kApi;
  router.add("POST", api + "session", with(sign_in, true));
  router.add("GET", api + "session", with(tell_session, false));
  router.add("DELETE", api + "session", with(sign_out, false));
  router.add("GET", api + "session.list", with(list_sessions, false));
  router.add("POST", api + "session.end", with(end_session, false));
  router.add("POST", api + "setup", with(set_up, true));
  router.add("POST", api + "password", with(change_password, false));
}

}  // namespace sitelog
