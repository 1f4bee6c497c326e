// Signing in and out, passwords, set-up links: what is the door's own matter and no operation.
#include <set>

#include "http/admission.hpp"
#include "http/given_arguments.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kTypedBytesMax = 1024;  // longer ones are no password in any case

json::object account_json(const Account& account) {
  std::set<std::string> roles;
  std::set<BookCode> units;
  json::array grants;
  for (const RoleGrant& grant : account.roles) {
    roles.insert(grant.role);
    units.insert(grant.unit);
    json::object line{{"role", grant.role}, {"unit", grant.unit}};
    if (!grant.campaign.empty()) line["campaign"] = grant.campaign;
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

void sign_in(Accounts& accounts, const Asked& asked, Reply& reply) {
  const auto args = read(sign_in_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done = accounts.sign_in(args->text("account"), args->text("password"),
                                     args->text("code"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refused(*why, 401, asked.language));
  }
  const auto& in = std::get<Accounts::SignedIn>(done);
  if (!asked.session.empty()) accounts.sign_out(asked.session, asked.neighbourhood);
  json::object told = account_json(accounts.admitted(in.account).value_or(Account{in.account}));
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

void tell_session(Accounts& accounts, const Asked& asked, Reply& reply) {
  const auto account = accounts.admitted(asked.visitor->account);
  json::object told = account_json(account.value_or(Account{asked.visitor->account}));
  // A token may have leaked: it is not told from where its owner comes.
  const bool owner = asked.visitor->known_by == KnownBy::kPassword;
  told["refused_tries"] =
      to_json(owner ? accounts.told(asked.visitor->account) : RefusedTries::Told());
  tell_second_factor(accounts, asked.visitor->account, told);
  reply.send(answered(std::move(told)));
}

void sign_out(Accounts& accounts, const Asked& asked, Reply& reply) {
  const bool everywhere = asked.head.query == decltype(asked.head.query){{"everywhere", "true"}};
  if (everywhere && refuse_token(accounts, asked, reply)) return;
  if (everywhere) accounts.sign_out_everywhere(*asked.visitor, asked.neighbourhood);
  accounts.sign_out(asked.session, asked.neighbourhood);
  Response out = answered({});
  out.fields.emplace_back("Set-Cookie", cookie_of({}));
  reply.send(std::move(out));
}

void list_sessions(Accounts& accounts, const Asked& asked, Reply& reply) {
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

void end_session(Accounts& accounts, const Asked& asked, Reply& reply) {
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

void set_up(Accounts& accounts, const Asked& asked, Reply& reply) {
  const auto args = read(set_up_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done =
      accounts.set_up(args->text("setup"), args->text("password"), asked.neighbourhood);
  if (!done) return reply.send(problem_response(done.refusal(), asked.language));
  reply.send(answered({{"account", *done}}));
}

void change_password(Accounts& accounts, const Asked& asked, Reply& reply) {
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
          .answer = object(
              {{"account", text()},
               {"roles", list(text())},
               {"unit", text()},
               {"grants",
                list(object({{"role", text()}, {"unit", text()}, sometimes("campaign", text())}))},
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
  Accounts& accounts = parts.accounts;
  const auto with = [&accounts](void (*handler)(Accounts&, const Asked&, Reply&), bool open) {
    return Route{
        [&accounts, handler](const Asked& asked, Reply& reply) { handler(accounts, asked, reply); },
        open, true};
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
