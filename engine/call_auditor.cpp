#include "engine/call_auditor.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "engine/known_units.hpp"
#include "engine/record_names.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What a call was about: of answers and arguments; which of many records it was, of arguments
// alone; and how many, of answers alone.
constexpr const char* kNamed[] = {
    "account", "unit",  "record",  "device",  "campaign", "version", "form",      "role",
    "id",      "names", "verdict", "station", "for",      "policy",  "selection", "operation"};
constexpr const char* kMeant[] = {
    "kind",    "level",     "state",   "review",        "by",          "from",    "to",   "text",
    "changed", "conflicts", "to_send", "changed_since", "unexplained", "preview", "alone"};
constexpr size_t kMeantShown = 64;  // such as a text that was looked for
constexpr const char* kCounted[] = {"records", "reviewed", "unchanged", "left_out"};

template <size_t N>
bool is_one_of(const char* const (&names)[N], std::string_view name) {
  return std::any_of(std::begin(names), std::end(names),
                     [name](const char* each) { return name == each; });
}

bool is_told_of(Reason reason) {
  switch (reason) {
    case Reason::kNotPermitted:
    case Reason::kNoGrant:
    case Reason::kUnknownRecord:
    case Reason::kUnknownUnit:
    case Reason::kUnknownCampaign:
    case Reason::kUnknownDevice:
    case Reason::kInvitationUnknown: return true;
    default: return false;
  }
}

bool concerns_the_auditor(const Operation& operation, const OperationAnswer* answer) {
  if (operation.writes) return true;
  if (answer == nullptr || *answer) return operation.audited;
  return is_told_of(answer->refusal().reason);
}

// Between blanks; what isn't one word stands in quotes, so that no value is taken for two.
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=';
  });
}

// Empty for what is neither a text nor a number nor said to be so.
std::string text_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64() || value->is_uint64()) return json::serialize(*value);
  return value->is_bool() && value->get_bool() ? "yes" : std::string();
}

}  // namespace

// Records and units as they are, not as they were typed: part of an id may come to mean another.
std::string CallAuditor::meant(const Caller& caller, std::string_view name,
                               const std::string& given) const {
  try {
    return engine_.read([&](const Queries& queries) -> std::string {
      if (name == "unit") {
        const auto unit = KnownUnits(engine_, queries).find(given);
        return unit ? *unit : given;
      }
      // What lies outside the caller's scope too: it is not they who are told.
      Caller within = caller;
      within.scope = scope_of(caller, Right::kRead);
      const Caller all = owner_of_folder(caller.language, {});
      for (const Caller* each : {&std::as_const(within), &all}) {
        const auto found = find_record(engine_, queries, *each, given);
        if (found) return written_name(*found).value_or(found->record.hex());
      }
      return given;
    });
  } catch (const StoreError&) {
    return given;
  }
}

std::string CallAuditor::named_in(const Caller& caller, const json::object& args,
                                  const json::object& answer) const {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (!out.empty()) out += ' ';
    out += std::string(name) + "=" + (is_word(value) ? value : json::serialize(value));
  };
  for (const char* name : kNamed) {
    std::string value = text_of(answer, name);
    if (value.empty()) value = text_of(args, name);
    const bool is_record = name == std::string_view("record");
    const bool is_named = is_record || name == std::string_view("unit");
    if (is_named && !value.empty()) value = meant(caller, name, value);
    add(name, value);
  }
  for (const char* name : kMeant) add(name, shortened(text_of(args, name), kMeantShown));
  for (const char* name : kCounted) add(name, text_of(answer, name));
  return out;
}

void CallAuditor::note(const Caller& caller, const Operation& operation, const json::object& args,
                       const OperationAnswer* answer) {
  if (!concerns_the_auditor(operation, answer)) return;
  static const json::object kNone;
  AuditLine line{.who = caller.name,
                 .how = name_of(caller.known_by),
                 .from = caller.from,
                 // What was saved before it broke off stands, and what was read before was read.
                 .what = answer == nullptr ? "broken_off"
                         : *answer         ? "done"
                                           : "refused",
                 .operation = operation.name,
                 .on = named_in(caller, args, answer != nullptr && *answer ? **answer : kNone)};
  if (answer != nullptr && !*answer) line.reason = name_of(answer->refusal().reason);
  log_.add(line);
}

std::vector<std::pair<std::string, std::string>> audited_parts(const std::string& on) {
  const std::vector<std::pair<std::string, std::string>> whole{{"", on}};
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string_view rest = on; !rest.empty();) {
    const size_t equals = rest.find('=');
    const auto name = rest.substr(0, equals);
    const bool known =
        is_one_of(kNamed, name) || is_one_of(kMeant, name) || is_one_of(kCounted, name);
    if (equals == rest.npos || !known) return whole;
    rest.remove_prefix(equals + 1);
    json::stream_parser parser;
    boost::system::error_code error;
    if (rest.starts_with('"')) {
      const size_t used = parser.write_some(rest, error);
      if (error || !parser.done()) return whole;
      const json::value value = parser.release();
      out.emplace_back(name, std::string(value.as_string()));
      rest.remove_prefix(used);
    } else {
      const size_t end = std::min(rest.find(' '), rest.size());
      out.emplace_back(name, rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (rest.starts_with(' ')) rest.remove_prefix(1);  // the parser took it along
  }
  return out;
}

}  // namespace sitelog
