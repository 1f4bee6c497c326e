#include "http/conditions.hpp"

#include <algorithm>
#include <vector>

#include "engine/change_as_seen.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kSeen = "seen";
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
