#include "http/given_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "campaign/text.hpp"
#include "command/terminal/choice_words.hpp"
#include "http/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Refusal no_object() {
  return {Reason::kMalformed, N_("the body must be a JSON object: {\"argument\": value, …}"), {}};
}

// What would take much more memory than its text is not begun with.
bool is_moderate(std::string_view text) {
  size_t values = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size() && values <= limits::kJsonValuesMax; ++i) {
    const char c = text[i];
    if (c == '"') in_text = !in_text;
    if (in_text) {
      i += c == '\\' ? 1 : 0;
    } else {
      values += c == ',' || c == '[' || c == '{' ? 1 : 0;
    }
  }
  return values <= limits::kJsonValuesMax;
}

Result<json::value> parse(std::string_view text) {
  if (!is_moderate(text)) {
    return Refusal{Reason::kTooLarge, N_("this JSON has too many values"), {}};
  }
  json::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  boost::system::error_code error;
  json::value out = json::parse({text.data(), text.size()}, error, {}, options);
  if (error == json::error::too_deep) {
    return Refusal{Reason::kTooLarge,
                   N_("this JSON is nested too deeply: at most {} levels"),
                   {std::to_string(limits::kJsonDepthMax)}};
  }
  if (error) {
    return Refusal{Reason::kMalformed, N_("this is not JSON ({})"), {error.message()}};
  }
  return out;
}

json::value integer_or_text(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? json::value(number) : json::value(text);
}

json::value value_of(ArgumentType type, const std::string& text) {
  switch (type) {
    case ArgumentType::kInteger: return integer_or_text(text);
    case ArgumentType::kFlag:
      if (text.empty() || text == "true") return true;
      return text == "false" ? json::value(false) : json::value(text);
    case ArgumentType::kTexts: return json::array{json::value(text)};
    case ArgumentType::kFields:
      if (auto value = parse(text)) return *std::move(value);
      return json::value(text);
    default: return json::value(text);
  }
}

}  // namespace

Result<json::object> arguments_from_body(std::string_view body) {
  if (is_blank(body)) return json::object();
  auto value = parse(body);
  if (!value) return value.refusal();
  if (!value->is_object()) return no_object();
  return std::move(value->get_object());
}

Answer<json::object> arguments_from_query(
    const Operation& operation, const std::vector<std::pair<std::string, std::string>>& query) {
  json::object out;
  std::vector<FieldProblem> problems;
  for (const auto& [name, text] : query) {
    const Argument* argument = operation.argument(name);
    const ArgumentType type = argument != nullptr ? argument->type : ArgumentType::kText;
    json::value* there = out.if_contains(name);
    if (there == nullptr) {
      out[name] = value_of(type, text);
    } else if (type == ArgumentType::kTexts) {
      there->get_array().emplace_back(text);
    } else {
      problems.push_back(
          {shortened(name, 64), {Reason::kUsage, N_("this is given more than once"), {}}});
    }
  }
  if (problems.empty()) return out;
  const Refusal whole{Reason::kUsage, kMissingOrWrong, {problems.front().field}};
  return DetailedRefusal(whole, std::move(problems));
}

void take_choices_by_name(const Operation& operation, json::object& args) {
  for (const Argument& argument : operation.arguments) {
    auto* given =
        argument.type == ArgumentType::kChoice ? args.if_contains(argument.name) : nullptr;
    if (given == nullptr || !given->is_string()) continue;
    const std::string word(given->get_string());
    if (auto choice = choice_called(argument.choices, word)) *given = *std::move(choice);
  }
}

Answer<std::vector<json::value>> values_from_lines(std::string_view body) {
  std::vector<json::value> out;
  std::vector<FieldProblem> problems;
  if (!is_moderate(body)) {
    return Refusal{Reason::kTooLarge, N_("this JSON has too many values"), {}};
  }
  for (size_t number = 1; !body.empty(); ++number) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (is_blank(line)) continue;
    auto value = parse(line);
    if (value) {
      out.push_back(*std::move(value));
    } else if (problems.size() < kProblemsToldMax) {
      problems.push_back({std::to_string(number), value.refusal()});
    }
  }
  if (problems.empty()) return out;
  const Refusal first = problems.front().refusal;
  return DetailedRefusal(first, std::move(problems));
}

}  // namespace sitelog
