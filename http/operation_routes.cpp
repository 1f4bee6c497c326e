#include "http/operation_routes.hpp"

#include <algorithm>

#include "engine/accounts/secret.hpp"
#include "engine/asked_once.hpp"
#include "http/admission.hpp"
#include "http/conditions.hpp"
#include "http/given_arguments.hpp"
#include "http/growing_answer.hpp"
#include "http/keyed_write.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kAskAgainS = "30";

struct Given {
  json::object args;
  std::vector<json::value> input;
};

// Arguments of a reading by GET stand in the query; of what reads a stream too, its lines being the
// body.
Answer<Given> given_to(const Operation& operation, const Asked& asked) {
  const bool lines = media_type(asked.head) == kJsonLinesType;
  Given out;
  if (asked.head.method == "GET" || lines) {
    auto args = arguments_from_query(operation, asked.head.query);
    if (!args) return args.refusal();
    out.args = *std::move(args);
  } else {
    auto args = arguments_from_body(asked.body);
    if (!args) return args.refusal();
    out.args = *std::move(args);
  }
  take_choices_by_name(operation, out.args);
  if (lines) {
    if (!operation.input) {
      return Refusal{
          Reason::kUsage, N_("{} reads no lines: send its arguments as JSON"), {operation.name}};
    }
    auto values = values_from_lines(asked.body);
    if (!values) return values.refusal();
    out.input = *std::move(values);
  }
  return out;
}

Caller caller_of(const Asked& asked, const Account& account, const ApiParts& parts) {
  Caller out;
  out.name = account.name;
  out.known_by = asked.visitor->known_by;
  out.roles = parts.roles(account.roles);
  out.language = asked.language;
  out.from = asked.from;
  return out;
}

bool token_allows(const Visitor& visitor, const std::string& operation) {
  if (!visitor.token || visitor.token->operations.empty()) return true;
  return visitor.token->operations.contains(operation);
}

bool has_all(const std::vector<Role>& roles, const std::vector<Role>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Role& one) {
    return std::any_of(roles.begin(), roles.end(),
                       [&](const Role& other) { return name_of_role(one) == name_of_role(other); });
  });
}

// Whether who asked is signed in still, and may do all that they might.
bool still_may(const Operation& operation, const Asked& asked, const ApiParts& parts,
               const Caller& before) {
  if (!parts.accounts.is_in(*asked.visitor, hash_of_secret(asked.session))) return false;
  const auto now = caller_for(operation.name, asked, parts);
  return now && has_all(now->roles, before.roles);
}

// The record as it is now, for who changed another; nothing where they may not see it.
std::optional<json::object> shown_now(const Caller& caller, const ApiParts& parts,
                                      const json::object& args) {
  std::optional<json::object> out;
  const auto* record = args.if_contains("record");
  if (record == nullptr) return out;
  OperationIo io;
  io.line = [&out](const json::object& line) { out = line; };
  const auto shown =
      call_operation(parts.operations, caller, "record.show", {{"record", *record}}, io);
  return shown ? out : std::nullopt;
}

AnswerExtras extras_of(const Operation& operation, const Caller& caller, const ApiParts& parts,
                       const json::object& args, const OperationAnswer& answer) {
  AnswerExtras out;
  const auto tag = [&out](const json::object& of) {
    const auto* seen = of.if_contains("seen");
    if (seen == nullptr || !seen->is_string()) return;
    out.fields.emplace_back("ETag", tag_of_seen(std::string_view(seen->get_string())));
  };
  if (answer) {
    if (operation.writes) tag(*answer);
    return out;
  }
  if (is_condition_missing(operation, args, answer.refusal())) out.status = 428;
  if (status_of(answer.refusal()) == 503) out.fields.emplace_back("Retry-After", kAskAgainS);
  if (answer.refusal().reason != Reason::kChanged) return out;
  if (auto now = shown_now(caller, parts, args)) {
    tag(*now);
    out.members["current"] = *std::move(now);
  }
  return out;
}

// What comes to the table is noted there; what doesn't, as the account or the token may not, here.
OperationAnswer call(const Operation& operation, const Asked& asked, const ApiParts& parts,
                     const Result<Caller>& caller, const json::object& args, OperationIo& io) {
  if (caller) return call_operation(parts.operations, *caller, operation.name, args, io);
  parts.accounts.audit().add(refused_line(asked, operation.name));
  return caller.refusal();
}

void answer_operation(const Operation& operation, const ApiParts& parts, const Asked& asked,
                      Reply& reply) {
  GrowingAnswer growing(reply, asked);
  auto given = given_to(operation, asked);
  if (!given) return growing.finish(given.refusal());
  if (const auto taken = take_if_match(operation, asked.head, given->args); !taken) {
    return growing.finish(taken.refusal());
  }
  const auto caller = caller_for(operation.name, asked, parts);
  KeyedWrite keyed(operation, parts, asked, caller);
  if (keyed.answers(growing, reply)) return;
  OperationIo io;
  io.line = [&](const json::object& line) { keyed.tell(growing, "line", line); };
  if (growing.by_line()) {
    io.progress = [&](const json::object& line) { keyed.tell(growing, "progress", line); };
  }
  if (caller) io.may_go_on = [&] { return still_may(operation, asked, parts, *caller); };
  size_t next = 0;
  io.next_input = [&]() -> std::optional<json::value> {
    if (next == given->input.size()) return std::nullopt;
    return std::move(given->input[next++]);
  };
  const auto answer = call(operation, asked, parts, caller, given->args, io);
  keyed.ended(answer);
  auto extras = caller ? extras_of(operation, *caller, parts, given->args, answer) : AnswerExtras();
  growing.finish(
      answer ? answer
             : OperationAnswer(in_words_of_http(asked.head, answer.refusal(), asked.language)),
      std::move(extras));
}

}  // namespace

Result<Caller> caller_for(const std::string& operation, const Asked& asked, const ApiParts& parts) {
  const auto account = parts.accounts.admitted(asked.visitor->account);
  if (!account) {  // since the request began
    return Refusal{Reason::kNotPermitted, N_("this account is disabled"), {}};
  }
  if (!token_allows(*asked.visitor, operation)) {
    return Refusal{Reason::kNotPermitted, N_("this token is not for {}"), {operation}};
  }
  return caller_of(asked, *account, parts);
}

void add_operation_routes(Router& router, const ApiParts& parts) {
  for (const auto& [name, row] : parts.operations.rows()) {
    const Route route{.handler = [&row = row, parts](
                                     const Asked& asked,
                                     Reply& reply) { answer_operation(row, parts, asked, reply); },
                      .writes = row.writes};
    router.add("POST", kApi + name, route);
    if (!row.writes) router.add("GET", kApi + name, route);
  }
}

}  // namespace sitelog
