#include "http/operation_routes.hpp"

#include "http/given_arguments.hpp"
#include "http/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kHeldOfLines = 16 * 1024;

// The answer as it grows: {"lines":[…],"answer":{…}}, or a line for each. Nothing leaves before it
// is more than is held: until then a refusal has a status of its own; later it is the last member.
class Growing {
 public:
  Growing(Reply& reply, bool by_line, Language language)
      : reply_(reply), by_line_(by_line), language_(language) {
    if (!by_line_) held_ = R"({"lines":[)";
  }

  void add(const char* kind, const json::object& object) {
    if (by_line_) {
      put(json::serialize(json::object{{kind, object}}) + "\n");
    } else {
      put((std::exchange(first_, false) ? "" : ",") + json::serialize(object));
    }
  }

  bool finished() const { return finished_; }

  void finish(const OperationAnswer& answer) {
    finished_ = true;
    if (!answer && !begun_) return reply_.send(problem_response(answer.refusal(), language_));
    const char* kind = answer ? "answer" : "problem";
    const json::object told =
        answer ? *answer : problem_json(answer.refusal(), status_of(answer.refusal()), language_);
    if (by_line_) {
      add(kind, told);
    } else {
      put("],\"" + std::string(kind) + "\":" + json::serialize(told) + "}\n");
    }
    if (!begun_) return reply_.send({200, type(), std::move(held_)});
    reply_.end();
  }

 private:
  std::string type() const { return std::string(by_line_ ? kJsonLinesType : kJsonType); }

  void put(const std::string& bytes) {
    if (begun_) return reply_.write(bytes);
    held_ += bytes;
    if (held_.size() < (by_line_ ? kHeldOfLines : limits::kAnswerHeldBytes)) return;
    begun_ = true;
    reply_.begin({200, type(), {}});
    reply_.write(std::exchange(held_, {}));
  }

  Reply& reply_;
  const bool by_line_;
  const Language language_;
  std::string held_;
  bool first_ = true, begun_ = false, finished_ = false;
};

struct Given {
  json::object args;
  std::vector<json::value> input;
};

// Arguments of a reading by GET stand in the query; of what reads a stream too, its lines being the
// body.
Answer<Given> given_to(const Operation& operation, const Asked& asked) {
  const bool lines = asked.head.field("content-type").starts_with(kJsonLinesType);
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

// What the arguments name, for the audit list.
std::string named_in(const json::object& args) {
  std::string out;
  for (const char* name : {"account", "unit", "record", "device", "campaign", "form", "token"}) {
    const auto* value = args.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    out += (out.empty() ? "" : " ") + std::string(name) + "=" + std::string(value->get_string());
  }
  return out;
}

bool concerns_the_auditor(const Operation& operation, const OperationAnswer& answer) {
  if (operation.writes) return true;
  if (answer) return false;
  const int status = status_of(answer.refusal());
  return status == 403 || status == 404;
}

OperationAnswer call(const Operation& operation, const Asked& asked, const ApiParts& parts,
                     const json::object& args, OperationIo& io) {
  const auto account = parts.accounts.admitted(asked.visitor->account);
  if (!account) {  // since the request began
    return Refusal{Reason::kNotPermitted, N_("this account is disabled"), {}};
  }
  if (!token_allows(*asked.visitor, operation.name)) {
    return Refusal{Reason::kNotPermitted, N_("this token is not for {}"), {operation.name}};
  }
  return call_operation(parts.operations, caller_of(asked, *account, parts), operation.name, args,
                        io);
}

void answer_operation(const Operation& operation, const ApiParts& parts, const Asked& asked,
                      Reply& reply) {
  const bool by_line = asked.head.field("accept").find(kJsonLinesType) != std::string_view::npos;
  Growing growing(reply, by_line, asked.language);
  auto given = given_to(operation, asked);
  if (!given) return growing.finish(given.refusal());
  OperationIo io;
  io.line = [&](const json::object& line) { growing.add("line", line); };
  if (by_line) io.progress = [&](const json::object& line) { growing.add("progress", line); };
  size_t next = 0;
  io.next_input = [&]() -> std::optional<json::value> {
    if (next == given->input.size()) return std::nullopt;
    return std::move(given->input[next++]);
  };
  AuditLine audited{.who = asked.visitor->account,
                    .how = name_of(asked.visitor->known_by),
                    .from = asked.from,
                    .what = "done",
                    .operation = operation.name,
                    .on = named_in(given->args)};
  try {
    const auto answer = call(operation, asked, parts, given->args, io);
    if (!answer) {
      audited.what = "refused";
      audited.reason = name_of(answer.refusal().reason);
    }
    if (concerns_the_auditor(operation, answer)) parts.accounts.audit().add(audited);
    growing.finish(answer);
  } catch (const ReaderGone&) {
    // What was saved before stands.
    audited.what = "broken_off";
    if (operation.writes && !growing.finished()) parts.accounts.audit().add(audited);
    throw;
  }
}

}  // namespace

void add_operation_routes(Router& router, const ApiParts& parts) {
  for (const auto& [name, row] : parts.operations.rows()) {
    const Route route{[&row = row, parts](const Asked& asked, Reply& reply) {
      answer_operation(row, parts, asked, reply);
    }};
    router.add("POST", kApi + name, route);
    if (!row.writes) router.add("GET", kApi + name, route);
  }
}

}  // namespace sitelog
