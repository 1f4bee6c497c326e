#include "engine/arguments.hpp"

#include <algorithm>

#include "campaign/limits.hpp"
#include "campaign/text.hpp"
#include "engine/operation.hpp"
#include "engine/seen.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Argument make(std::string name, ArgumentType type, const char* help, int64_t least, int64_t most) {
  Argument out;
  out.name = std::move(name);
  out.type = type;
  out.help = help;
  out.min = least;
  out.max = most;
  return out;
}

Refusal usage(const char* text, std::vector<std::string> args = {}) {
  return {Reason::kUsage, text, std::move(args)};
}

Refusal missing() {
  return usage(kRequired);
}

std::string listed(const std::vector<std::string>& words) {
  return join(words, ", ");
}

Result<std::string> read_text(const Argument& argument, const json::value& given) {
  if (!given.is_string()) return usage(N_("this must be a text"));
  std::string text(given.get_string());
  const bool file = argument.holds == Holds::kFile;
  const Lines lines = argument.holds == Holds::kSeveralLines ? Lines::kSeveral : Lines::kOne;
  const char* fault = file ? nullptr : fault_of(text, lines);
  if (file && !is_utf8(text)) fault = N_("this is not text in UTF-8");
  if (fault != nullptr) return Refusal{Reason::kMalformed, fault, {}};
  if (argument.holds == Holds::kSeveralLines) text = with_line_feeds(text);
  const auto bytes = static_cast<int64_t>(text.size());
  if (bytes < argument.min || (argument.min > 0 && !file && is_blank(text))) return missing();
  if (bytes > argument.max) {
    return Refusal{Reason::kTooLarge,
                   N_("this has {} bytes; at most {} are taken"),
                   {std::to_string(bytes), std::to_string(argument.max)}};
  }
  return text;
}

Result<std::string> read_choice(const Argument& argument, const json::value& given) {
  auto text = read_text(argument, given);
  if (!text) return text;
  const auto& choices = argument.choices;
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) return text;
  return Refusal{Reason::kInvalidValue, kNoSuchChoice, {shortened(*text, 64), listed(choices)}};
}

Result<std::string> read_what_was_seen(const Argument& argument, const json::value& given) {
  const auto text = read_text(argument, given);
  if (!text) return text;
  if (auto seen = read_seen(*text)) return *std::move(seen);
  return Refusal{Reason::kInvalidValue,
                 N_("“{}” is no code of what was shown: it is the word behind the @"),
                 {shortened(*text, 64)}};
}

Result<Date> read_day(const Argument& argument, const json::value& given) {
  const auto text = read_text(argument, given);
  if (!text) return text.refusal();
  if (const auto day = parse_day(*text)) return *day;
  return Refusal{Reason::kInvalidValue,
                 N_("“{}” is not a day of the calendar, or not one as it is written here; write it "
                    "like 2020-06-01"),
                 {shortened(*text, 40)}};
}

Result<int64_t> read_integer(const Argument& argument, const json::value& given) {
  boost::system::error_code error;
  const auto number = given.to_number<int64_t>(error);
  if (error || given.is_double()) return usage(N_("this must be a whole number"));
  if (number < argument.min || number > argument.max) {
    return Refusal{
        Reason::kInvalidValue,
        N_("this must be from {} to {}, not {}"),
        {std::to_string(argument.min), std::to_string(argument.max), std::to_string(number)}};
  }
  return number;
}

Result<Done> check_count(const Argument& argument, size_t count) {
  const auto number = static_cast<int64_t>(count);
  if (number < argument.min) return missing();
  if (number > argument.max) {
    return Refusal{Reason::kTooLarge,
                   N_("these are {}; at most {} are taken"),
                   {std::to_string(number), std::to_string(argument.max)}};
  }
  return Done{};
}

Result<std::vector<std::string>> read_texts(const Argument& argument, const json::value& given) {
  if (!given.is_array()) return usage(N_("this must be a list of texts"));
  if (auto counted = check_count(argument, given.get_array().size()); !counted) {
    return counted.refusal();
  }
  const Argument item = make({}, ArgumentType::kText, "", 1, kTextArgumentBytesMax);
  std::vector<std::string> out;
  for (const auto& each : given.get_array()) {
    auto text = read_text(item, each);
    if (!text) return text.refusal();
    out.push_back(*std::move(text));
  }
  return out;
}

Result<json::object> read_fields(const Argument& argument, const json::value& given) {
  if (!given.is_object()) return usage(N_("this must be an object of names and values"));
  if (auto counted = check_count(argument, given.get_object().size()); !counted) {
    return counted.refusal();
  }
  return given.get_object();
}

// `value` takes what was read; the refusal where it can't be.
template <class Value, class Read>
std::optional<Refusal> take(Value& value, Result<Read> read) {
  if (!read) return read.refusal();
  value = *std::move(read);
  return std::nullopt;
}

template <class Value>
std::optional<Refusal> read_value(Value& value, const Argument& argument,
                                  const json::value& given) {
  switch (argument.type) {
    case ArgumentType::kText:
    case ArgumentType::kRecord:
    case ArgumentType::kUnit:
    case ArgumentType::kPath: return take(value, read_text(argument, given));
    case ArgumentType::kSeen: return take(value, read_what_was_seen(argument, given));
    case ArgumentType::kChoice: return take(value, read_choice(argument, given));
    case ArgumentType::kInteger: return take(value, read_integer(argument, given));
    case ArgumentType::kTexts: return take(value, read_texts(argument, given));
    case ArgumentType::kFields: return take(value, read_fields(argument, given));
    case ArgumentType::kDate: return take(value, read_day(argument, given));
    case ArgumentType::kFlag:
      if (!given.is_bool()) return usage(N_("this must be true or false"));
      value = given.get_bool();
      return std::nullopt;
  }
  return usage(N_("this must be a text"));
}

std::vector<FieldProblem> unknown_names(const Operation& operation, const json::object& given) {
  std::vector<std::string> known;
  for (const Argument& argument : operation.arguments) known.push_back(argument.name);
  std::vector<FieldProblem> out;
  for (const auto& [name, value] : given) {
    const std::string key(name);
    if (operation.argument(key) != nullptr) continue;
    if (out.size() == kUnknownNamesToldMax) break;
    if (known.empty()) {
      out.push_back({shortened(key, 64), usage(N_("{} takes no arguments"), {operation.name})});
      continue;
    }
    out.push_back({shortened(key, 64), usage(N_("{} has no such argument; it has: {}"),
                                             {operation.name, listed(known)})});
  }
  return out;
}

void check_one_of(const Operation& operation, const json::object& given,
                  std::vector<FieldProblem>& problems) {
  for (const auto& names : operation.one_of) {
    const auto count = std::count_if(names.begin(), names.end(), [&given](const std::string& name) {
      return given.contains(name);
    });
    if (count == 1) continue;
    problems.push_back(
        {names.front(), usage(N_("exactly one of these is to be given: {}"), {listed(names)})});
  }
}

}  // namespace

const char* name_of(ArgumentType type) {
  switch (type) {
    case ArgumentType::kText: return "text";
    case ArgumentType::kInteger: return "integer";
    case ArgumentType::kFlag: return "flag";
    case ArgumentType::kTexts: return "texts";
    case ArgumentType::kFields: return "fields";
    case ArgumentType::kChoice: return "choice";
    case ArgumentType::kDate: return "date";
    case ArgumentType::kRecord: return "record";
    case ArgumentType::kSeen: return "seen";
    case ArgumentType::kUnit: return "unit";
    case ArgumentType::kPath: return "path";
  }
  return "unknown";
}

Argument Argument::needed() && {
  required = true;
  return std::move(*this);
}

Argument Argument::between(int64_t least, int64_t most) && {
  min = least;
  max = most;
  return std::move(*this);
}

Argument Argument::holding(Holds what) && {
  holds = what;
  return std::move(*this);
}

namespace argument {
Argument text(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kText, help, 1, kTextArgumentBytesMax);
}
Argument integer(std::string name, int64_t least, int64_t most, const char* help) {
  return make(std::move(name), ArgumentType::kInteger, help, least, most);
}
Argument flag(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kFlag, help, 0, 1);
}
Argument texts(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kTexts, help, 0, limits::kListItemsMax);
}
Argument fields(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kFields, help, 0, limits::kAssignmentsMax);
}
Argument choice(std::string name, std::vector<std::string> choices, const char* help) {
  Argument out = make(std::move(name), ArgumentType::kChoice, help, 1, kTextArgumentBytesMax);
  out.choices = std::move(choices);
  return out;
}
Argument date(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kDate, help, 1, 64);
}
Argument record(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kRecord, help, 1, kRecordNameBytesMax);
}
Argument seen(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kSeen, help, 1, 2 * Hash::kSize);
}
Argument unit(std::string name, const char* help) {
  // By code or by name, of at most four bytes a character.
  return make(std::move(name), ArgumentType::kUnit, help, 1, 4 * limits::kUnitNameLengthMax);
}
Argument path(std::string name, const char* help) {
  return make(std::move(name), ArgumentType::kPath, help, 1, kPathBytesMax);
}
}  // namespace argument

Answer<Arguments> read_arguments(const Operation& operation, const json::object& given) {
  Arguments out;
  std::vector<FieldProblem> problems = unknown_names(operation, given);
  for (const Argument& argument : operation.arguments) {
    Arguments::Value& value = out.values_[argument.name];
    const auto* there = given.if_contains(argument.name);
    if (there != nullptr) {
      if (auto refusal = read_value(value, argument, *there)) {
        problems.push_back({argument.name, *std::move(refusal)});
      }
    } else if (argument.required) {
      problems.push_back({argument.name, missing()});
    }
  }
  check_one_of(operation, given, problems);
  if (problems.empty()) return out;
  std::vector<std::string> names;
  for (const FieldProblem& problem : problems) names.push_back(problem.field);
  const Reason reason = problems.front().refusal.reason;
  return DetailedRefusal({reason, kMissingOrWrong, {listed(names)}}, std::move(problems));
}

bool Arguments::has(const std::string& name) const {
  return !std::holds_alternative<std::monostate>(value(name));
}

const Arguments::Value& Arguments::value(const std::string& name) const {
  const auto at = values_.find(name);
  SITELOG_ASSERT(at != values_.end());
  return at->second;
}

namespace {

// What stands in `value`, or `otherwise` where it was not given. Another type is a bug.
template <class Wanted, class Value>
const Wanted& given_or(const Value& value, const Wanted& otherwise) {
  if (std::holds_alternative<std::monostate>(value)) return otherwise;
  SITELOG_ASSERT(std::holds_alternative<Wanted>(value));
  return std::get<Wanted>(value);
}

}  // namespace

const std::string& Arguments::text(const std::string& name) const {
  static const std::string none;
  return given_or(value(name), none);
}

std::optional<std::string> Arguments::given_text(const std::string& name) const {
  return has(name) ? std::optional(text(name)) : std::nullopt;
}

std::optional<int64_t> Arguments::integer(const std::string& name) const {
  return has(name) ? std::optional(given_or(value(name), int64_t{0})) : std::nullopt;
}

bool Arguments::flag(const std::string& name) const {
  return given_or(value(name), false);
}

const std::vector<std::string>& Arguments::texts(const std::string& name) const {
  static const std::vector<std::string> none;
  return given_or(value(name), none);
}

const json::object& Arguments::fields(const std::string& name) const {
  static const json::object none;
  return given_or(value(name), none);
}

std::string Arguments::written(const std::vector<std::string>& names) const {
  json::array out;
  for (const std::string& name : names) {
    const Value& each = value(name);
    json::value& written = out.emplace_back(nullptr);
    if (const auto* text = std::get_if<std::string>(&each)) written = *text;
    if (const auto* number = std::get_if<int64_t>(&each)) written = *number;
    if (const auto* flag = std::get_if<bool>(&each)) written = *flag;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&each)) {
      written = json::value_from(*texts);
    }
    if (const auto* fields = std::get_if<json::object>(&each)) written = *fields;
    if (const auto* date = std::get_if<Date>(&each)) written = json::array{date->text()};
  }
  return json::serialize(out);
}

std::optional<Date> Arguments::date(const std::string& name) const {
  return has(name) ? std::optional(given_or(value(name), Date{})) : std::nullopt;
}

}  // namespace sitelog
