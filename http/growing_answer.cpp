#include "http/growing_answer.hpp"

#include <algorithm>
#include <array>

#include "command/terminal/language.hpp"
#include "http/conditions.hpp"
#include "http/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {
constexpr size_t kHeldOfLines = 16 * 1024;

void say(json::value& refusal, Language language) {
  auto* object = refusal.if_object();
  if (object == nullptr || !object->contains("text")) return;
  (*object)["text"] = message_of(language, refusal_from(*object));
  if (auto* problems = object->if_contains("problems"); problems != nullptr) {
    if (problems->is_array()) {
      for (auto& each : problems->get_array()) say(each, language);
    }
  }
}

// Where an answer or a line of one says why something was not done, or what there is to note.
constexpr std::array<const char*, 9> kSaying{
    "error", "notices", "warnings", "shut_out", "failure", "refused", "unusual", "why", "withheld"};

// A line that is itself what was refused, with what else there is to be known of it.
bool is_message(const json::object& told) {
  return told.contains("reason") && told.contains("text") && told.contains("args");
}

bool says_something(const json::object& told) {
  if (is_message(told)) return true;
  return std::any_of(kSaying.begin(), kSaying.end(),
                     [&told](const char* name) { return told.contains(name); });
}

// Its messages in whole sentences of the caller's language.
json::object in_words(json::object told, Language language) {
  if (is_message(told)) told["text"] = message_of(language, refusal_from(told));
  for (const char* name : kSaying) {
    auto* part = told.if_contains(name);
    if (part == nullptr) continue;
    if (auto* several = part->if_array()) {
      for (auto& each : *several) say(each, language);
    } else {
      say(*part, language);
    }
  }
  return told;
}
}  // namespace

GrowingAnswer::GrowingAnswer(Reply& reply, const Asked& asked)
    : reply_(reply),
      asked_(asked),
      by_line_(asked.head.field("accept").find(kJsonLinesType) != std::string_view::npos) {
  if (!by_line_) held_ = R"({"lines":[)";
}

void GrowingAnswer::add(const char* kind, const json::object& object) {
  if (says_something(object)) return add_told(kind, in_words(object, asked_.language));
  add_told(kind, object);
}

void GrowingAnswer::add_told(const char* kind, const json::object& object) {
  const bool first = lines_++ == 0;
  const auto* seen = object.if_contains("seen");
  seen_ = first && seen != nullptr && seen->is_string() ? std::string(seen->get_string()) : "";
  if (by_line_) {
    put(json::serialize(json::object{{kind, object}}) + "\n");
  } else {
    put((first ? "" : ",") + json::serialize(object));
  }
}

void GrowingAnswer::finish(const OperationAnswer& answer, AnswerExtras extras) {
  finished_ = true;
  json::object told;
  if (answer) {
    told = in_words(*answer, asked_.language);
  } else {
    const int status = extras.status != 0 ? extras.status : status_of(answer.refusal());
    told = problem_json(answer.refusal(), status, asked_.language);
    for (auto& member : extras.members) told.insert(member);
    if (!begun_) {
      return reply_.send({status, std::string(kProblemType), json::serialize(told) + "\n",
                          std::move(extras.fields)});
    }
  }
  const char* kind = answer ? "answer" : "problem";
  if (by_line_) {
    put(json::serialize(json::object{{kind, told}}) + "\n");
  } else {
    put("],\"" + std::string(kind) + "\":" + json::serialize(told) + "}\n");
  }
  if (begun_) return reply_.end();
  send(std::move(extras));
}

// All of it is at hand.
void GrowingAnswer::send(AnswerExtras extras) {
  Response out{200, type(), std::move(held_), std::move(extras.fields)};
  if (asked_.head.method == "GET") {
    const std::string tag = tag_of(seen_, out.body);
    if (names_tag(asked_.head, tag)) {
      out.status = 304;
      out.type.clear();
      out.body.clear();
    }
    out.fields.emplace_back("ETag", tag);
  }
  reply_.send(std::move(out));
}

std::string GrowingAnswer::type() const {
  return std::string(by_line_ ? kJsonLinesType : kJsonType);
}

void GrowingAnswer::put(const std::string& bytes) {
  if (begun_) return reply_.write(bytes);
  held_ += bytes;
  if (held_.size() < (by_line_ ? kHeldOfLines : limits::kAnswerHeldBytes)) return;
  begun_ = true;
  reply_.begin({200, type(), {}});
  reply_.write(std::exchange(held_, {}));
}

}  // namespace sitelog
