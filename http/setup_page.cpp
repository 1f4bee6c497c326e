// The page that a set-up link opens: two fields for a password; then, or where it is opened without
// a link, for who signs in: a second factor. What the link holds stands behind its #, so no browser
// sends it along and no log has it.
#include "command/terminal/language.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr const char* kScript = R"js("use strict";
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const at = (id) => document.getElementById(id), words = document.body.dataset;
// A link that is opened where this page is shown already changes no more than what follows its #.
addEventListener("hashchange", () => location.reload());
const tell = (text, wrong) => {
  at("told").textContent = text;
  at("told").className = wrong ? "wrong" : "";
};
async function ask(path, body, method = "POST") {
  const answer = await fetch("/api/v1/" + path, {
    method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw said;
  return said.answer;
}
function on(form, act) {
  const button = at(form).querySelector("button");
  at(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try { await act(); } catch (problem) { tell(problem.detail || words.unreached, true); }
    button.disabled = false;
  });
}
function draw(rows) {
  const made = (name, facts) => {
    const out = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [fact, value] of Object.entries(facts)) out.setAttribute(fact, value);
    return out;
  };
  const size = rows.length + 8;
  const code = made("svg", { viewBox: `0 0 ${size} ${size}`, role: "img" });
  code.append(made("rect", { width: size, height: size, fill: "#fff" }));
  let path = "";
  rows.forEach((row, y) => [...row].forEach((module, x) => {
    if (module === "1") path += `M${x + 4} ${y + 4}h1v1h-1z`;
  }));
  code.append(made("path", { d: path, fill: "#000" }));
  at("code").replaceChildren(code);
}
let password = "";
function entered(session, before) {
  at("choose").hidden = at("enter").hidden = true;
  at("second").hidden = at("leave").hidden = at("on").hidden = false;
  // The pages ask who is there where they know that somebody signed in.
  localStorage.setItem("sitelog.signed-in", session.account);
  at("renew").hidden = session.second_factor !== "on";
  const next = { needed: words.needed, on: words.on }[session.second_factor] || words.may;
  tell(before + "\n" + session.account + "\n\n" + next);
}
on("choose", async () => {
  password = at("first").value;
  if (password !== at("again").value) { tell(words.differ, true); return; }
  const { account } = await ask("setup", { setup: secret, password });
  at("choose").hidden = true;
  entered(await ask("session", { account, password }), words.done);
});
on("enter", async () => {
  password = at("password").value;
  const asked = { account: at("account").value, password };
  if (at("now").value) asked.code = at("now").value;
  entered(await ask("session", asked), words.entered);
});
on("second", async () => {
  const asked = { password };
  if (at("held").value) asked.code = at("held").value;
  const made = await ask("second_factor", asked);
  at("second").hidden = true;
  at("confirm").hidden = false;
  draw(made.qr);
  at("secret").textContent = made.secret.match(/.{1,4}/g).join(" ");
  at("app").href = made.uri;
  tell(words.scan);
});
on("confirm", async () => {
  const { recovery } = await ask("second_factor.confirm", { code: at("shown").value });
  at("confirm").hidden = true;
  at("recovery").textContent = recovery.join("\n");
  at("recovery").hidden = false;
  tell(words.recovery);
});
on("leave", async () => {
  // Gone from here whether headquarters is reached or not.
  for (const id of ["choose", "enter", "second", "confirm"]) {
    at(id).hidden = true;
    at(id).reset();
  }
  for (const id of ["code", "secret", "recovery"]) at(id).replaceChildren();
  at("app").removeAttribute("href");
  at("on").hidden = true;
  localStorage.removeItem("sitelog.signed-in");
  password = "";
  await ask("session", undefined, "DELETE");
  location.reload();
});
at(secret ? "choose" : "enter").hidden = false;
tell(secret ? words.choose : words.enter);
)js";

constexpr const char* kStyle =
    "body{font:16px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "max-width:26em;margin:2em auto;padding:0 1em;color:#1f2329}"
    "h1{font-size:1.4em;margin:0 0 .6em}h2{font-size:1.05em;margin:1.4em 0 .2em}p{margin:.2em 0}"
    "h1,p,a{overflow-wrap:anywhere}a{color:#1456c4}"
    "label,input,button,output{display:block;width:100%;box-sizing:border-box}"
    "input,button{font:inherit;padding:.6em;margin:.2em 0 1em;border:1px solid #8a919f;"
    "border-radius:4px}button{background:#1456c4;border-color:#1456c4;color:#fff}"
    "button:disabled{opacity:.6}input:focus-visible,button:focus-visible,a:focus-visible{"
    "outline:3px solid #ffb300;outline-offset:1px}"
    "output{white-space:pre-line;margin:0 0 1.2em;padding:.6em .8em;background:#eef3fb;"
    "border-left:4px solid #1456c4}output:empty{display:none}"
    "output.wrong{background:#fdecea;border-color:#b3261e}"
    "svg{display:block;width:16em;max-width:100%}[hidden]{display:none}"
    "#secret,pre{font-family:monospace;overflow-wrap:anywhere}";

class SetupPage {
 public:
  explicit SetupPage(Language language) : language_(language) {}

  std::string text() const {
    return std::string("<!doctype html><html lang=\"") + std::string(name_of(language_)) +
           "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
           "<title>" +
           say(N_("Your account at headquarters")) +
           " – Sitelog</title><link rel=\"stylesheet\" href=\"/setup.css\"><body" + words() +
           "><h1>" + say(N_("Your account at headquarters")) +
           "</h1><output id=\"told\" role=\"status\"></output>" +
           form("choose",
                field("first", N_("a new password"), "password", "new-password") +
                    field("again", N_("once more"), "password", "new-password"),
                N_("set the password")) +
           form("enter",
                field("account", N_("account"), "text", "username") +
                    field("password", N_("password"), "password", "current-password") +
                    field("now", N_("code of the second factor, if you have one"), "text",
                          "one-time-code", false),
                N_("sign in")) +
           form(
               "second",
               "<div id=\"renew\" hidden>" +
                   field("held", N_("another code of the second factor so far, or a recovery code"),
                         "text", "one-time-code", false) +
                   "</div>",
               N_("set up a second factor")) +
           form("confirm",
                "<div id=\"code\"></div><p id=\"secret\"></p><p><a id=\"app\">" +
                    say(N_("on this telephone: open the authenticator app")) + "</a></p>" +
                    field("shown", N_("the code that the app shows"), "text", "one-time-code"),
                N_("confirm")) +
           "<pre id=\"recovery\" hidden></pre><p id=\"on\" hidden><a href=\"/\">" +
           say(N_("go on to headquarters' pages")) + "</a></p>" +
           form("leave", {}, N_("sign out")) +
           "<script src=\"/setup.js\"></script></body></html>\n";
  }

 private:
  // No text here is anybody's but the catalogue's, which has no markup.
  std::string say(const char* text) const { return std::string(tr(language_, text)); }

  std::string words() const {
    const std::pair<const char*, const char*> all[] = {
        {"choose", N_("Choose a password of at least ten characters; a sentence is easy to keep in "
                      "mind. Not your name, nor your unit's.")},
        {"enter", N_("Sign in to set up a second factor. Who has no password yet, or has forgotten "
                     "it, asks an administrator for a set-up link.")},
        {"differ", N_("the two are not the same")},
        {"done", N_("The password is set. From now on you sign in with it, as:")},
        {"entered", N_("You are signed in, as:")},
        {"may", N_("You can set up a second factor beside the password, with an authenticator app "
                   "on your telephone; or go on without one.")},
        {"on", N_("You have a second factor. A new one takes its place: that takes another code of "
                  "the one so far.")},
        {"unreached", N_("headquarters was not reached: nothing was changed, try again")},
        {"needed", N_("Your role asks for a second factor: set it up now, with an authenticator "
                      "app on your telephone.")},
        {"scan", N_("Photograph the picture below with the authenticator app, or type the letters "
                    "under it, and enter the code that the app shows. It is not shown again.")},
        {"recovery", N_("The second factor is set up. Write the codes below down: each lets you in "
                        "once where the telephone is lost. They are not shown again.")}};
    std::string out;
    for (const auto& [name, text] : all) {
      out += " data-" + std::string(name) + "=\"" + say(text) + "\"";
    }
    return out;
  }

  std::string field(const std::string& id, const char* label, const char* type, const char* fills,
                    bool required = true) const {
    return "<label for=\"" + id + "\">" + say(label) + "</label><input id=\"" + id + "\" type=\"" +
           type + "\" autocomplete=\"" + fills + "\"" + (required ? " required" : "") + ">";
  }

  std::string form(const char* id, const std::string& inside, const char* button) const {
    return "<form id=\"" + std::string(id) + "\" hidden>" + inside + "<button>" + say(button) +
           "</button></form>";
  }

  const Language language_;
};

Route shown(Response zh, Response en) {
  return {.handler =
              [zh = std::move(zh), en = std::move(en)](const Asked& asked, Reply& reply) {
                reply.send(asked.language == Language::kEnglish ? en : zh);
              },
          .open = true,
          .page = true};
}

}  // namespace

void add_setup_page(Router& router) {
  const auto html = [](Language language) {
    return Response{200, "text/html", SetupPage(language).text(), {}, Content::kPage};
  };
  const Response script{200, "text/javascript", kScript};
  const Response style{200, "text/css", kStyle};
  router.add("GET", "/setup", shown(html(Language::kChinese), html(Language::kEnglish)));
  router.add("GET", "/setup.js", shown(script, script));
  router.add("GET", "/setup.css", shown(style, style));
}

}  // namespace sitelog
