// The page at the port itself, and beside the pages for people where they are installed: whose
// headquarters this is, and what can be done here. It asks nothing and says nothing that a stranger
// may not know.
#include "command/terminal/language.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

// What its administrator called it may hold anything.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string home_page(const std::string& headquarters, const std::string& review_page,
                      Language language) {
  const auto say = [language](const char* text) { return escaped(tr(language, text)); };
  const auto link = [](const std::string& to) { return "<a href=\"" + to + "\">" + to + "</a>"; };
  const auto part = [&](const char* title, const std::string& text) {
    return "<h2>" + say(title) + "</h2><p>" + text + "</p>";
  };
  const std::string name = escaped(headquarters);
  const std::string review =
      review_page.empty()
          ? say(N_("The pages for that come with the package of web pages, which is not "
                   "installed here. Whoever administers headquarters installs it; until then "
                   "they review with sitelogd on this computer, and you with a program or a "
                   "spreadsheet."))
          : say(N_("With the account that you were given:")) + " " + link(review_page);
  return "<!doctype html><html lang=\"" + std::string(name_of(language)) +
         "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
         "<title>" +
         name + " – Sitelog</title><link rel=\"stylesheet\" href=\"/setup.css\"><body><main><h1>" +
         name + "</h1><p>" +
         say(N_("This is headquarters: what its units record in the field comes together here.")) +
         "</p>" +
         part(N_("You were given a set-up link"),
              say(N_("Open it as it was given: there you set your password. Whoever has one "
                     "already sets up a second factor here:")) +
                  " " + link("/setup")) +
         part(N_("You review or look records through"), review) +
         part(N_("A program or a spreadsheet asks"),
              say(N_("With a token (sitelogd tokens add). What can be asked is described at:")) +
                  " " + link("/api/v1/openapi.json") + "<br>" +
                  say(N_("For Excel and others that read OData:")) + " " + link("/odata/v1/")) +
         part(N_("A device records in the field"),
              say(N_("It needs no browser: it joins by an invitation (sitelog join) and syncs with "
                     "this same address."))) +
         "</main></body></html>\n";
}

}  // namespace

void add_home_page(Router& router, const std::string& headquarters,
                   const std::string& review_page) {
  const auto page = [&](Language language) {
    return Response{
        200, "text/html", home_page(headquarters, review_page, language), {}, Content::kPage};
  };
  Route route{[zh = page(Language::kChinese), en = page(Language::kEnglish)](const Asked& asked,
                                                                             Reply& reply) {
                reply.send(asked.language == Language::kEnglish ? en : zh);
              },
              true};
  // Who has to set up a second factor first is told where.
  route.set_up = true;
  route.page = true;
  router.add("GET", "/about", route);
  if (review_page.empty()) return router.add("GET", "/", std::move(route));
  route.at_once = [review_page](const Asked&) {
    return Response{303, "", "", {{"Location", review_page}}};
  };
  router.add("GET", "/", std::move(route));
}

}  // namespace sitelog
