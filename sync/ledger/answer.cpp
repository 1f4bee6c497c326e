#include "sync/ledger/answer.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Reason reason_named(std::string_view name) {
  for (int number = 0;; ++number) {
    const auto reason = static_cast<Reason>(number);
    const std::string_view known = name_of(reason);
    if (known == "unknown") return Reason::kMalformed;
    if (known == name) return reason;
  }
}

json::object to_json(const Refusal& refusal) {
  json::array args(refusal.args.begin(), refusal.args.end());
  return {{"reason", name_of(refusal.reason)}, {"text", refusal.text}, {"args", std::move(args)}};
}

json::object notice_json(Refusal notice) {
  notice.reason = Reason::kNotice;
  return to_json(notice);
}

json::object to_json(const FieldProblem& problem) {
  json::object out;
  if (!problem.field.empty()) out["field"] = problem.field;
  for (auto& [name, value] : to_json(problem.refusal)) out[name] = value;
  return out;
}

json::object to_json(const DetailedRefusal& refusal) {
  json::object out = to_json(static_cast<const Refusal&>(refusal));
  if (refusal.problems.empty()) return out;
  json::array problems;
  for (const FieldProblem& problem : refusal.problems) problems.emplace_back(to_json(problem));
  out["problems"] = std::move(problems);
  return out;
}

Refusal refusal_from(const json::object& in) {
  Refusal out{reason_named(text_in(in, "reason")), text_in(in, "text"), {}};
  const auto* args = in.if_contains("args");
  if (args == nullptr || !args->is_array()) return out;
  for (const auto& arg : args->get_array()) {
    if (arg.is_string()) out.args.emplace_back(arg.get_string());
  }
  return out;
}

FieldProblem problem_from(const json::object& in) {
  return {text_in(in, "field"), refusal_from(in)};
}

DetailedRefusal detailed_refusal_from(const json::object& in) {
  DetailedRefusal out(refusal_from(in));
  const auto* problems = in.if_contains("problems");
  if (problems == nullptr || !problems->is_array()) return out;
  for (const auto& problem : problems->get_array()) {
    if (problem.is_object()) out.problems.push_back(problem_from(problem.get_object()));
  }
  return out;
}

}  // namespace sitelog
