#include "http/response.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <cstdio>

#include "command/terminal/language.hpp"
#include "http/request.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What an answer of operations is: data, never a page, never another site's.
constexpr std::string_view kOfData =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'\r\n";
// Pages load from this host alone, and send nothing elsewhere. Those that are installed show
// pictures too, of which some are made in the browser (a photo that is looked at, a code).
constexpr std::string_view kOfPage =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n";
constexpr std::string_view kOfInstalledPage =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n";
constexpr std::string_view kStrict =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

std::string_view policy_of(Content content) {
  switch (content) {
    case Content::kPage: return kOfPage;
    case Content::kInstalledPage: return kOfInstalledPage;
    case Content::kData: return kOfData;
  }
  return kOfData;
}

// Bytes that are no text are in no characters.
bool is_text(std::string_view type) {
  return !type.starts_with("application/vnd.") && !type.starts_with("image/") &&
         !type.starts_with("font/") && type != "application/wasm" &&
         type != "application/octet-stream";
}

std::string phrase_of(int status) {
  return std::string(boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status))));
}

bool is_language(std::string_view tag, std::string_view wanted) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (tag.size() < 2 || small(tag[0]) != wanted[0] || small(tag[1]) != wanted[1]) return false;
  return tag.size() == 2 || tag[2] == '-';
}

}  // namespace

std::string head_of(const Response& response, std::optional<size_t> body_bytes, bool keep_alive,
                    bool strict_transport) {
  std::string out =
      "HTTP/1.1 " + std::to_string(response.status) + " " + phrase_of(response.status) + "\r\n";
  out += policy_of(response.content);
  out += kStrict;
  out += "Cache-Control: " + std::string(response.cache) + "\r\n";
  if (strict_transport) out += "Strict-Transport-Security: max-age=31536000\r\n";
  if (!response.type.empty()) {
    out += "Content-Type: " + response.type;
    out += is_text(response.type) ? "; charset=utf-8\r\n" : "\r\n";
  }
  for (const auto& [name, value] : response.fields) out += name + ": " + value + "\r\n";
  if (response.status != 204 && response.status != 304) {
    out += body_bytes ? "Content-Length: " + std::to_string(*body_bytes) + "\r\n"
                      : std::string("Transfer-Encoding: chunked\r\n");
  }
  if (!keep_alive) out += "Connection: close\r\n";
  return out + "\r\n";
}

std::string chunk(std::string_view bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + std::string(bytes) + "\r\n";
}

Response json_response(const json::value& value, int status) {
  return {status, std::string(kJsonType), json::serialize(value) + "\n"};
}

int status_of(const DetailedRefusal& refusal) {
  switch (refusal.reason) {
    case Reason::kUsage:
    case Reason::kMalformed: return 400;
    case Reason::kUnknownRecord:
    case Reason::kUnknownUnit:
    case Reason::kUnknownCampaign:
    case Reason::kUnknownDevice:
    case Reason::kInvitationUnknown: return 404;
    case Reason::kNotPermitted:
    case Reason::kNoGrant: return 403;
    case Reason::kNothingToDecide:
    case Reason::kRevoked:
    case Reason::kHeldUp: return 409;
    case Reason::kInvitationUsed:
    case Reason::kInvitationExpired: return 410;
    case Reason::kChanged: return 412;
    case Reason::kNoRoom: return 507;
    case Reason::kNotSaved:
    case Reason::kUnreachable:
    case Reason::kFolderInUse: return 503;
    case Reason::kFolderDamaged: return 500;
    default: return 422;
  }
}

json::object problem_json(const DetailedRefusal& refusal, int status, Language language) {
  json::object out{{"type", "about:blank"},
                   {"title", phrase_of(status)},
                   {"status", status},
                   {"detail", message_of(language, refusal)},
                   {"reason", name_of(refusal.reason)}};
  if (refusal.problems.empty()) return out;
  json::object errors;
  for (const FieldProblem& problem : refusal.problems) {
    json::value& of_field = errors[problem.field];
    if (!of_field.is_array()) of_field = json::array();
    of_field.get_array().emplace_back(
        json::object{{"reason", name_of(problem.refusal.reason)},
                     {"detail", message_of(language, problem.refusal)}});
  }
  out["errors"] = std::move(errors);
  return out;
}

Response problem_response(const DetailedRefusal& refusal, int status, Language language) {
  return {status, std::string(kProblemType),
          json::serialize(problem_json(refusal, status, language)) + "\n"};
}

Language language_of(std::string_view accept_language) {
  int chinese = 0, english = 0;
  for (const auto& [tag, weight] : weighted_in(accept_language)) {
    if (is_language(tag, "zh")) chinese = std::max(chinese, weight);
    if (is_language(tag, "en")) english = std::max(english, weight);
  }
  return english > chinese ? Language::kEnglish : Language::kChinese;
}

}  // namespace sitelog
