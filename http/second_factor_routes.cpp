// The second proof beside the password, by whose account it is: set up, confirmed, taken away.
#include "command/terminal/qr.hpp"
#include "http/admission.hpp"
#include "http/given_arguments.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Answer<Arguments> read_for(const Operation& row, const Asked& asked) {
  const auto given = arguments_from_body(asked.body);
  if (!given) return given.refusal();
  return read_arguments(row, *given);
}

Argument typed_argument(const char* name, const char* help) {
  return argument::text(name, help).needed().between(1, 1024);
}

// What may change how somebody comes in is done by who came in with the password just so.
bool refuse_programs(Accounts& accounts, const Asked& asked, Reply& reply) {
  if (asked.visitor->known_by == KnownBy::kPassword) return false;
  accounts.audit().add(refused_line(asked));
  reply.send(problem_response(
      Refusal{Reason::kNotPermitted,
              N_("the second factor is changed by who signed in with the password"),
              {}},
      asked.language));
  return true;
}

Response refusal_of(const Accounts::NotSignedIn& why, Language language) {
  const bool waits = why.wait.count() > 0;
  const int status = waits ? 429 : status_of(why.refusal);
  json::object problem = problem_json(why.refusal, status, language);
  if (why.code_missing) problem["second_factor"] = true;
  Response out{status, std::string(kProblemType), json::serialize(problem) + "\n"};
  if (waits) out.fields.emplace_back("Retry-After", std::to_string(why.wait.count()));
  return out;
}

Response renewed(const Accounts::Renewed& in, json::object answer) {
  Response out = json_response(json::object{{"answer", std::move(answer)}});
  out.fields.emplace_back("Set-Cookie", cookie_of(in.session));
  return out;
}

void offer(Accounts& accounts, const Asked& asked, Reply& reply) {
  if (refuse_programs(accounts, asked, reply)) return;
  const auto args = read_for(second_factor_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done = accounts.offer_second_factor(*asked.visitor, args->text("password"),
                                                 args->text("code"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refusal_of(*why, asked.language));
  }
  const auto& offered = std::get<SecondFactors::Offered>(done);
  json::array rows;
  if (const auto modules = qr_modules(offered.uri)) {
    for (const std::string& row : *modules) rows.emplace_back(row);
  }
  reply.send(json_response(json::object{
      {"answer", {{"secret", offered.secret}, {"uri", offered.uri}, {"qr", std::move(rows)}}}}));
}

void confirm(Accounts& accounts, const Asked& asked, Reply& reply) {
  if (refuse_programs(accounts, asked, reply)) return;
  const auto args = read_for(confirm_second_factor_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done = accounts.confirm_second_factor(*asked.visitor, asked.session,
                                                   args->text("code"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refusal_of(*why, asked.language));
  }
  const auto& confirmed = std::get<Accounts::Confirmed>(done);
  json::array codes;
  for (const std::string& code : confirmed.recovery) codes.emplace_back(code);
  reply.send(renewed(confirmed, {{"recovery", std::move(codes)}}));
}

void remove(Accounts& accounts, const Asked& asked, Reply& reply) {
  if (refuse_programs(accounts, asked, reply)) return;
  const auto args = read_for(remove_second_factor_row(), asked);
  if (!args) return reply.send(problem_response(args.refusal(), asked.language));
  const auto done =
      accounts.remove_second_factor(*asked.visitor, asked.session, args->text("password"),
                                    args->text("code"), asked.neighbourhood);
  if (const auto* why = std::get_if<Accounts::NotSignedIn>(&done)) {
    return reply.send(refusal_of(*why, asked.language));
  }
  reply.send(renewed(std::get<Accounts::Renewed>(done), {}));
}

}  // namespace

Operation second_factor_row() {
  using namespace shape;
  return {.name = "second_factor",
          .writes = true,
          .help = N_("a new secret for an authenticator app; it counts once a code of it is shown"),
          .arguments = {typed_argument("password", N_("one's own password")),
                        argument::text("code", N_("of the second factor that there is so far"))
                            .between(1, 1024)},
          .answer = object({{"secret", text()}, {"uri", text()}, {"qr", list(text())}})};
}

Operation confirm_second_factor_row() {
  using namespace shape;
  return {.name = "second_factor.confirm",
          .writes = true,
          .help = N_("from now on signing in takes a code too; answers the recovery codes, once"),
          .arguments = {typed_argument("code", N_("the code that the app shows"))},
          .answer = object({{"recovery", list(text())}})};
}

Operation remove_second_factor_row() {
  return {.name = "second_factor.remove",
          .writes = true,
          .help = N_("signing in takes the password alone again, where no role asks for more"),
          .arguments = {typed_argument("password", N_("one's own password")),
                        typed_argument("code", N_("the code that the app shows, or a recovery "
                                                  "code"))}};
}

void add_second_factor_routes(Router& router, const ApiParts& parts) {
  Accounts& accounts = parts.accounts;
  const auto with = [&accounts](void (*handler)(Accounts&, const Asked&, Reply&)) {
    return Route{
        [&accounts, handler](const Asked& asked, Reply& reply) { handler(accounts, asked, reply); },
        false, true};
  };
  const std::string api = kApi;
  router.add("POST", api + "second_factor", with(offer));
  router.add("POST", api + "second_factor.confirm", with(confirm));
  router.add("POST", api + "second_factor.remove", with(remove));
}

}  // namespace sitelog
