#include "http/admission.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

#include "http/limits.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";

Response refuse(const Asked& asked, int status, Refusal why) {
  return problem_response(DetailedRefusal(std::move(why)), status, asked.language);
}

// A page of another site made the browser ask (https://owasp.org, CSRF). Programs say neither.
bool is_cross_site(const RequestHead& head) {
  const auto site = head.field("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const auto origin = head.field("origin");
  return !origin.empty() && origin != "https://" + std::string(head.field("host"));
}

// Nothing where the kind of body is one that no form of another site can send.
bool is_taken(const RequestHead& head) {
  if (!head.has_body) return true;
  const std::string type = media_type(head);
  return type == kJsonType || type == kJsonLinesType;
}

// Schemes are the same in large and small letters (RFC 9110, 11.1).
bool begins(std::string_view authorization, std::string_view scheme) {
  return small_letters(authorization.substr(0, scheme.size())) == small_letters(scheme);
}

struct Shown {
  std::optional<Visitor> visitor;
  std::string secret = {};  // that was shown, good or not
  bool something = false;   // was shown, even where it is no secret
};

// Spreadsheets know no Bearer: for what they read a token may be the password of Basic (RFC 7617),
// whoever is named as its user. Empty where there is none.
std::string token_in_basic(std::string_view text) {
  std::string coded(text);
  while (coded.ends_with(' ')) coded.pop_back();
  if (coded.empty() || coded.size() % 4 != 0) return {};
  std::string out(coded.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   as_bytes(coded).data(), static_cast<int>(coded.size()));
  if (size < 0) return {};
  out.resize(static_cast<size_t>(size) -
             static_cast<size_t>(std::count(coded.end() - 2, coded.end(), '=')));
  const size_t colon = out.find(':');
  return colon == out.npos ? std::string() : out.substr(colon + 1);
}

bool is_odata(const RequestHead& head) {
  return head.path.starts_with(kOData);
}

Shown who_asks(const RequestHead& head, Accounts& accounts, std::string& session) {
  const auto authorization = head.field("authorization");
  if (!authorization.empty()) {
    if (is_odata(head) && begins(authorization, kBasic)) {
      const std::string token = token_in_basic(authorization.substr(kBasic.size()));
      return {accounts.by_token(token), token, true};
    }
    if (!begins(authorization, kBearer)) return {std::nullopt, {}, true};
    const auto token = authorization.substr(kBearer.size());
    return {accounts.by_token(token), std::string(token), true};
  }
  const auto cookie = head.cookie(kSessionCookie);
  if (cookie.empty()) return {};
  session = std::string(cookie);
  return {accounts.by_session(cookie), std::string(cookie), true};
}

Response not_signed_in(const Asked& asked, bool something_shown) {
  Response out = refuse(
      asked, 401,
      {Reason::kNotPermitted,
       something_shown ? N_("the session or the token is not good, or not any more: sign in again")
                       : N_("sign in first, or show a token (Authorization: Bearer …)"),
       {}});
  const bool basic = is_odata(asked.head);
  out.fields.emplace_back("WWW-Authenticate",
                          basic ? "Basic realm=\"Sitelog\", charset=\"UTF-8\"" : "Bearer");
  return out;
}

// A tab says as whom it asks, percent-encoded (RFC 3986, 2.1): the cookie is the whole browser's,
// and somebody else may have signed in with it in another tab.
constexpr std::string_view kMeantAccount = "sitelog-account";

bool is_meant_otherwise(const Asked& asked) {
  const auto meant = asked.head.field(kMeantAccount);
  if (meant.empty() || asked.session.empty() || !asked.visitor) return false;
  const auto coded = boost::urls::make_pct_string_view(meant);
  return !coded || coded->decode() != asked.visitor->account;
}

Response another_is_in(const Asked& asked) {
  Response out = refuse(asked, 401,
                        {Reason::kNotPermitted,
                         N_("nothing was done: {} has signed in with this browser since"),
                         {asked.visitor->account}});
  out.fields.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

Response set_up_first(const Asked& asked) {
  return refuse(asked, 403,
                {Reason::kNotPermitted,
                 N_("a role of this account asks for a second factor: set it up first (/setup)"),
                 {}});
}

}  // namespace

std::optional<Response> ended_since(const Asked& asked, const Route& route,
                                    const Accounts& accounts) {
  if (route.open || !asked.visitor) return std::nullopt;
  const Hash session = hash_of_secret(asked.session);
  if (!accounts.is_in(*asked.visitor, session)) return not_signed_in(asked, true);
  if (!route.set_up && !accounts.may_stay(*asked.visitor, session)) return set_up_first(asked);
  return std::nullopt;
}

AuditLine refused_line(const Asked& asked, const std::string& operation) {
  return {.who = asked.visitor->account,
          .how = name_of(asked.visitor->known_by),
          .from = asked.from,
          .what = "refused",
          .operation = operation,
          .on = operation.empty() ? asked.head.path : std::string(),
          .reason = name_of(Reason::kNotPermitted)};
}

Admission admission_of(Asked& asked, const Router& router, Accounts& accounts) {
  Admission out;
  const RequestHead& head = asked.head;
  const auto refused = [&out](Response response) {
    out.refused = std::move(response);
    return std::move(out);
  };
  if (head.count("authorization") > 1 || head.count("origin") > 1 ||
      head.count("sec-fetch-site") > 1 || head.count("content-type") > 1 ||
      head.count(kMeantAccount) > 1) {
    return refused(refuse(
        asked, 400, {Reason::kMalformed, N_("a field of the request's head is there twice"), {}}));
  }
  Shown shown = who_asks(head, accounts, asked.session);
  asked.visitor = std::move(shown.visitor);
  // Of whatever is there to be read the head alone is (RFC 9110, 9.3.2).
  const auto found = router.find(head.method == "HEAD" ? "GET" : head.method, head.path);
  if (found.allowed.empty()) {
    return refused(refuse(
        asked, 404, {Reason::kUsage, N_("there is nothing at this address: {}"), {head.path}}));
  }
  if (found.route == nullptr) {
    Response response = refuse(
        asked, 405,
        {Reason::kUsage, N_("this is asked for by {}, not by {}"), {found.allowed, head.method}});
    response.fields.emplace_back("Allow", found.allowed);
    return refused(std::move(response));
  }
  const std::string who = asked.visitor ? asked.visitor->account : "";
  if (!head.only_reads() && is_cross_site(head)) {
    out.to_audit = AuditLine{.who = who,
                             .from = asked.from,
                             .what = "cross_site_refused",
                             .on = head.path + " " + std::string(head.field("origin"))};
    return refused(refuse(asked, 403,
                          {Reason::kNotPermitted,
                           N_("this was asked by a page of another site: nothing was done"),
                           {}}));
  }
  if (!found.route->open && is_meant_otherwise(asked)) return refused(another_is_in(asked));
  if (!asked.visitor && !found.route->open) {
    if (shown.something) {
      out.to_audit = accounts.shown_too_late(shown.secret, asked.neighbourhood);
      if (!out.to_audit) {
        out.to_audit =
            AuditLine{.from = asked.from, .what = "unknown_session_or_token", .on = head.path};
      }
    }
    return refused(not_signed_in(asked, shown.something));
  }
  if (asked.visitor && asked.visitor->has_to_set_up && !found.route->open && !found.route->set_up) {
    out.to_audit = refused_line(asked);
    return refused(set_up_first(asked));
  }
  if (head.bad_query && !found.route->page) return refused(refuse(asked, 400, *head.bad_query));
  if (!is_taken(head)) {
    return refused(
        refuse(asked, 415,
               {Reason::kUsage, N_("the body must be JSON (Content-Type: application/json)"), {}}));
  }
  out.route = found.route;
  out.body_bytes_max = asked.visitor ? limits::kBodyBytesMax : limits::kOpenBodyBytesMax;
  if (head.only_reads()) out.body_bytes_max = 0;
  return out;
}

namespace {

Response ask_again(const char* why, Language language) {
  Response out = problem_response(Refusal{Reason::kUnreachable, why, {}}, 503, language);
  out.fields.emplace_back("Retry-After", "2");
  return out;
}

}  // namespace

Response busy(Language language) {
  return ask_again(N_("too much is asked at once just now: nothing of this was done, try again in "
                      "a moment"),
                   language);
}

Response too_much_of_one(Language language) {
  return ask_again(N_("this account sends or asks too much at once: nothing of this was done; let "
                      "what is under way come to its end, then try again"),
                   language);
}

Response broken(Language language) {
  return problem_response(
      Refusal{Reason::kNotSaved,
              N_("something went wrong here; what it was stands in the daemon's log"),
              {}},
      500, language);
}

}  // namespace sitelog
