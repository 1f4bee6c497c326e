#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "campaign/label.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kJsonLinesType = "application/x-ndjson";
inline constexpr std::string_view kProblemType = "application/problem+json";

// What a browser may do with an answer: nothing, as it is data; what this host's own small pages
// do; what the pages that are installed do.
enum class Content { kData, kPage, kInstalledPage };

// An answer whose body is at hand. A value.
struct Response {
  int status = 200;
  std::string type;  // of the body, without parameters; empty: there is none
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> fields = {};
  Content content = Content::kData;
  std::string_view cache = "no-store";  // what Cache-Control says
  // The body, where it is held for many answers; then `body` is empty.
  std::shared_ptr<const std::string> held = {};
  // Of a body that is written bit by bit: how many bytes it has; else it comes in chunks.
  std::optional<uint64_t> written_bytes = {};

  std::string_view bytes() const { return held ? std::string_view(*held) : body; }
};

// The head of an answer as it is sent, with the fields that keep browsers from making of it what
// it is not. `body_bytes`: nothing where the body comes in chunks.
std::string head_of(const Response& response, std::optional<size_t> body_bytes, bool keep_alive,
                    bool strict_transport);
// A chunk of a body (RFC 9112, 7.1); an empty one ends it.
std::string chunk(std::string_view bytes);

Response json_response(const boost::json::value& value, int status = 200);

// The status of HTTP that a refusal comes to.
int status_of(const DetailedRefusal& refusal);
// RFC 9457: {"type","title","status","detail","reason","errors"?}, in the language.
boost::json::object problem_json(const DetailedRefusal& refusal, int status, Language language);
Response problem_response(const DetailedRefusal& refusal, int status, Language language);
inline Response problem_response(const DetailedRefusal& refusal, Language language) {
  return problem_response(refusal, status_of(refusal), language);
}

// The language of the two that a reader prefers (RFC 9110, 12.5.4); Chinese where they name none.
Language language_of(std::string_view accept_language);

}  // namespace sitelog
