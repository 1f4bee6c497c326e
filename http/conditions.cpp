#include "http/conditions.hpp"

#include <algorithm>
#include <vector>

#include "command/terminal/choice_words.hpp"
#include "command/terminal/language.hpp"
#include "engine/change_as_seen.hpp"
#include "engine/names_in_record.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kSeen = "seen";
constexpr const char* kIfMatch = "If-Match";
constexpr size_t kDigestLetters = 16;
constexpr size_t kKeyBytesMax = 255;
constexpr size_t kTagsLooked = 64;

struct Tag {
  bool weak = false;
  std::string_view text;  // without its quotes
};

// Of a list as RFC 9110, 8.8.3 has it; nothing where it is none. "*" is no tag.
std::optional<std::vector<Tag>> tags_in(std::string_view list) {
  std::vector<Tag> out;
  for (list = trimmed_blanks(list); !list.empty(); list = trimmed_blanks(list)) {
    if (list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    Tag tag;
    if (list.starts_with("W/")) {
      tag.weak = true;
      list.remove_prefix(2);
    }
    const size_t end = list.starts_with('"') ? list.find('"', 1) : list.npos;
    if (end == list.npos || out.size() >= kTagsLooked) return std::nullopt;
    tag.text = list.substr(1, end - 1);
    list.remove_prefix(end + 1);
    list = trimmed_blanks(list);
    if (!list.empty() && list.front() != ',') return std::nullopt;
    out.push_back(tag);
  }
  return out;
}

Refusal usage(const char* text, std::vector<std::string> args = {}) {
  return {Reason::kUsage, text, std::move(args)};
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

// A field's value, or a verdict, as it stands in a sentence.
std::string said(const json::value& value, Language language) {
  const auto listed = [&](const auto& items, const auto& say) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : tr(language, ", ")) + say(item);
    return out.empty() ? std::string(tr(language, "(nothing)")) : out;
  };
  switch (value.kind()) {
    case json::kind::null: return tr(language, "(nothing)");
    case json::kind::bool_: return tr(language, value.get_bool() ? N_("yes") : N_("no"));
    case json::kind::string: return std::string(value.get_string());
    case json::kind::array:
      return listed(value.get_array(),
                    [&](const json::value& item) { return said(item, language); });
    case json::kind::object:
      return listed(value.get_object(), [&](const auto& member) {
        const std::string name(member.key());
        std::string text = said(member.value(), language);
        if (name == "verdict") return std::string(tr(language, text.c_str()));
        return fill(tr(language, "{}: {}"), {name, std::move(text)});
      });
    default: return json::serialize(value);
  }
}

void say_values(std::vector<std::string>& args, Language language) {
  for (size_t i = 0; i < 2 && i < args.size(); ++i) {
    boost::system::error_code error;
    const json::value parsed = json::parse(args[i], error);
    if (!error) args[i] = said(parsed, language);
  }
}

}  // namespace

std::string tag_of(std::string_view seen, std::string_view body) {
  return "\"" + std::string(seen) + "." + sha256(as_bytes(body)).hex().substr(0, kDigestLetters) +
         "\"";
}

std::string tag_of_seen(std::string_view seen) {
  return "\"" + std::string(seen) + "\"";
}

bool names_tag(const RequestHead& head, std::string_view tag) {
  const std::string_view given = trimmed_blanks(head.field("if-none-match"));
  if (given == "*") return true;
  const auto tags = tags_in(given);
  return tags && std::any_of(tags->begin(), tags->end(), [tag](const Tag& each) {
           return tag.substr(1, tag.size() - 2) == each.text;
         });
}

Result<> take_if_match(const Operation& operation, const RequestHead& head, json::object& args) {
  if (head.count("if-match") == 0) return Done{};
  if (!operation.writes || operation.argument(kSeen) == nullptr) {
    return usage(N_("{} takes no If-Match: there is nothing to compare with"), {operation.name});
  }
  const auto tags = tags_in(head.field("if-match"));
  if (head.count("if-match") > 1 || !tags || tags->size() != 1 || tags->front().weak) {
    return usage(N_("If-Match takes one tag as ETag gave it, in quotes"));
  }
  const std::string_view text = tags->front().text;
  const std::string seen(text.substr(0, text.find('.')));
  const auto* given = args.if_contains(kSeen);
  if (given != nullptr && *given != json::value(seen)) {
    return usage(N_("If-Match and “seen” say different things: give one of them"));
  }
  args[kSeen] = seen;
  return Done{};
}

Result<std::optional<std::string>> idempotency_key(const RequestHead& head) {
  constexpr const char* kField = "idempotency-key";
  if (head.count(kField) == 0) return std::optional<std::string>();
  std::string_view text = trimmed_blanks(head.field(kField));
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  const bool plain = std::all_of(text.begin(), text.end(), [quoted](char c) {
    return (is_visible(c) || (quoted && c == ' ')) && c != '"' && c != '\\' && c != ',';
  });
  if (head.count(kField) > 1 || text.empty() || text.size() > kKeyBytesMax || !plain) {
    return Refusal{Reason::kMalformed,
                   N_("Idempotency-Key is one word of up to {} visible letters, in quotes, such as "
                      "a UUID"),
                   {std::to_string(kKeyBytesMax)}};
  }
  return std::optional(std::string(text));
}

DetailedRefusal in_words_of_http(const RequestHead& head, DetailedRefusal refusal,
                                 Language language) {
  const bool by_header = head.count("if-match") > 0;
  const bool missing = refusal.text == kMissingOrWrong;
  name_choices(refusal, kNoSuchChoice, language);
  for (FieldProblem& problem : refusal.problems) {
    const bool has_values =
        problem.refusal.reason == Reason::kChanged && !tells_by_itself(problem.field);
    if (has_values) say_values(problem.refusal.args, language);
    if (missing && problem.field == kSeen && problem.refusal.text == kRequired) {
      problem.refusal =
          usage(N_("say what you read of the record: send its ETag back as If-Match, "
                   "or its “seen” as it was told"));
      if (refusal.problems.size() == 1) {
        refusal.text =
            N_("read the record first (record.show), then ask again with what you "
               "read: send its ETag back as If-Match, or its “seen” as it was told");
        refusal.args.clear();
      }
      continue;
    }
    if (!missing || !by_header || problem.field != kSeen) continue;
    problem = {kIfMatch, usage(N_("this is no tag that a record had: give back its ETag as it "
                                  "came"))};
    if (refusal.problems.size() == 1) refusal.args = {kIfMatch};
  }
  if (refusal.text == kNeedsALook) {
    refusal.text =
        N_("others wrote record {}: read it first (record.show), then ask again with what you "
           "read: send its ETag back as If-Match, or its “seen” as it was told");
  } else if (refusal.reason == Reason::kChanged && !refusal.args.empty()) {
    refusal.args.resize(1);
    refusal.text = !refusal.problems.empty()
                       ? N_("record {} has changed since it was read: nothing was done; “errors” "
                            "says what, “current” what it is now")
                   : by_header
                       ? N_("record {} is not what If-Match names, nor was it as far back as can "
                            "be told: nothing was done; “current” is what it is now")
                       : N_("record {} is not what “seen” names, nor was it as far back as can be "
                            "told: nothing was done; “current” is what it is now");
  }
  return refusal;
}

bool is_condition_missing(const Operation& operation, const json::object& args,
                          const DetailedRefusal& refusal) {
  const Argument* seen = operation.argument(kSeen);
  if (!operation.writes || seen == nullptr || args.contains(kSeen)) return false;
  if (refusal.text == kNeedsALook) return true;
  return !refusal.problems.empty() &&
         std::all_of(refusal.problems.begin(), refusal.problems.end(),
                     [](const FieldProblem& problem) { return problem.field == kSeen; });
}

}  // namespace sitelog
