// The page that a set-up link opens: two fields for a password. What the link holds stands behind
// its #, so no browser sends it along and no log has it.
#include "command/terminal/language.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr const char* kScript = R"js("use strict";
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const form = document.querySelector("form"), told = document.querySelector("output");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [first, second] = form.querySelectorAll("input");
  if (first.value !== second.value) { told.textContent = form.dataset.differ; return; }
  try {
    const answer = await fetch("/api/v1/setup", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ setup: secret, password: first.value }) });
    const body = await answer.json();
    if (answer.ok) form.hidden = true;
    told.textContent = answer.ok ? form.dataset.done : body.detail;
  } catch { told.textContent = form.dataset.unreached; }
});
)js";

constexpr const char* kStyle =
    "body{font:16px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "max-width:26em;margin:4em auto;padding:0 1em}"
    "label,input,button,output{display:block;width:100%;box-sizing:border-box}"
    "input,button{font:inherit;padding:.6em;margin:.2em 0 1em}output{font-weight:bold}";

// No text here is anybody's but the catalogue's, which has no markup.
std::string page(Language language) {
  const auto say = [language](const char* text) { return std::string(tr(language, text)); };
  return std::string("<!doctype html><html lang=\"") + std::string(name_of(language)) +
         "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
         "<title>Sitelog</title><link rel=\"stylesheet\" href=\"/setup.css\">"
         "<h1>Sitelog</h1><form data-differ=\"" +
         say(N_("the two are not the same")) + "\" data-done=\"" +
         say(N_("The password is set. You can sign in with it now.")) + "\" data-unreached=\"" +
         say(N_("headquarters was not reached: nothing was changed, try again")) +
         "\"><label for=\"first\">" + say(N_("a new password")) +
         "</label><input id=\"first\" type=\"password\" autocomplete=\"new-password\" required>"
         "<label for=\"second\">" +
         say(N_("once more")) +
         "</label><input id=\"second\" type=\"password\" autocomplete=\"new-password\" required>"
         "<button>" +
         say(N_("set the password")) +
         "</button></form><output role=\"status\"></output>"
         "<script src=\"/setup.js\"></script></html>\n";
}

Route shown(Response zh, Response en) {
  return {[zh = std::move(zh), en = std::move(en)](const Asked& asked, Reply& reply) {
            reply.send(asked.language == Language::kEnglish ? en : zh);
          },
          true};
}

}  // namespace

void add_setup_page(Router& router) {
  const auto html = [](Language language) {
    return Response{200, "text/html", page(language), {}, true};
  };
  const Response script{200, "text/javascript", kScript};
  const Response style{200, "text/css", kStyle};
  router.add("GET", "/setup", shown(html(Language::kChinese), html(Language::kEnglish)));
  router.add("GET", "/setup.js", shown(script, script));
  router.add("GET", "/setup.css", shown(style, style));
}

}  // namespace sitelog
