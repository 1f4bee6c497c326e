// Commands about accounts, programs' tokens and the audit list.
#include <iostream>
#include <map>
#include <optional>

#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/notices.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/qr.hpp"
#include "command/terminal/render.hpp"
#include "daemon/audit_words.hpp"
#include "daemon/command_parts.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/accounts/limits.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string role_text(const json::object& grant, const Labels& labels) {
  const std::string unit = unit_of(grant), campaign = text_in(grant, "campaign");
  std::string out = labels.role(text_in(grant, "role"), campaign);
  if (!unit.empty()) out = fill(tr("{} ({})"), {out, unit});
  if (!campaign.empty()) out = fill(tr("{} for {} alone"), {out, labels.campaign(campaign)});
  return out;
}

std::string roles_text(const json::object& account, const Labels& labels) {
  std::string out;
  for (const auto& grant : array_in(account, "roles")) {
    out += (out.empty() ? "" : tr(", ")) + role_text(grant.as_object(), labels);
  }
  return out.empty() ? std::string(tr("no role any more: nothing is shown to them")) : out;
}

void tell_account(Output& out, const json::object& account, const Labels& labels) {
  tell_notices(out, account);
  out.text(fill(tr("{}: {}"),
                {text_in(account, "account"),
                 flag_in(account, "disabled") ? tr("disabled") : roles_text(account, labels)}));
}

// Where the command is to read a password: the first line of what comes in.
Result<std::string> password_given() {
  std::string line;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  if (!line.empty()) return line;
  return Refusal{Reason::kUsage, N_("no password came in: give it as the first line of input"), {}};
}

void act_with_password(Front& front, CLI::App* command,
                       const std::shared_ptr<OperationOptions>& options) {
  auto from_input = std::make_shared<bool>(false);
  command->add_flag("--password-stdin", *from_input,
                    tr("take the password from the first line of input, instead of a link"));
  front.act(command, [&front, options, from_input](Output& out) {
    if (*from_input) {
      const auto password = password_given();
      if (!password) return out.refused(password.refusal());
      options->set("password", json::value(*password));
    }
    return front.call(out, *options,
                      {.on_done = [&out](const json::object& done) { tell_way_in(out, done); },
                       .outcome_is_line = true});
  });
}

void add_list(Front& front, CLI::App* accounts) {
  auto* command =
      front.command(accounts, "list", N_("all accounts and their roles"), "sitelogd accounts list");
  const auto asked = front.options(command, "accounts.list");
  front.act(command, [&front, asked](Output& out) {
    const Labels labels = labels_of(front, out);
    auto table = std::make_shared<Table>();
    table->header.push_back({{tr("account")}, {tr("roles")}, {tr("state")}, {tr("added")}});
    return front.call(
        out, *asked,
        {.on_line =
             [table, &labels](const json::object& account) {
               const char* state = flag_in(account, "disabled")   ? N_("disabled")
                                   : flag_in(account, "password") ? N_("can sign in")
                                   : flag_in(account, "link")     ? N_("has a set-up link")
                                                                  : N_("needs a set-up link");
               table->rows.push_back({text_in(account, "account"), roles_text(account, labels),
                                      std::string(tr(state)),
                                      local_time(number_in(account, "added").value_or(0))});
             },
         .on_done =
             [&out, table](const json::object&) { out.text(render_text(*table, out.columns())); }});
  });
}

void add_changing(Front& front, CLI::App* accounts) {
  struct Change {
    const char* name;
    const char* operation;
    const char* description;
    const char* example;
  };
  static constexpr Change kChanges[] = {
      {"grant", "accounts.grant", N_("give an account a role"),
       "sitelogd accounts grant 张三 --role checker --unit ruzhou --campaign thousand-events"},
      {"withdraw", "accounts.withdraw", N_("take a role from an account"),
       "sitelogd accounts withdraw 张三 --role checker --unit ruzhou"},
      {"disable", "accounts.disable", N_("let an account in no more; what it did stands"),
       "sitelogd accounts disable 张三"}};
  for (const Change& change : kChanges) {
    auto* command = front.command(accounts, change.name, change.description, change.example);
    const auto options = front.options(command, change.operation);
    options->positional("account");
    if (change.name == std::string_view("disable")) {
      options->option("undo");
    } else {
      options->option("role");
      options->option("unit");
      options->option("campaign");
    }
    front.act(command, [&front, options](Output& out) {
      return front.call(
          out, *options,
          {.on_done =
               [&](const json::object& done) { tell_account(out, done, labels_of(front, out)); },
           .outcome_is_line = true});
    });
  }
}

void show_second_factor(Output& out, const json::object& given) {
  out.text(fill(tr("{} photographs this with an authenticator app. None of it is shown again:"),
                {text_in(given, "account")}));
  const std::string uri = text_in(given, "uri");
  if (const auto qr = qr_text(uri, QrColours::kBlackOnWhite)) out.bytes(*qr);
  out.text(uri);
  out.text(tr("Recovery codes, each good once where the telephone is lost:"));
  for (const auto& code : array_in(given, "recovery")) {
    out.text("  " + std::string(code.as_string()));
  }
}

void add_second_factor(Front& front, CLI::App* accounts) {
  auto* give = front.command(accounts, "give-second-factor",
                             N_("a new second factor for an account, to be handed over; sessions "
                                "end"),
                             "sitelogd accounts give-second-factor 张三");
  const auto to = front.options(give, "accounts.give_second_factor");
  to->positional("account");
  front.act(give, [&front, to](Output& out) {
    return front.call(
        out, *to,
        {.on_done = [&out](const json::object& done) { show_second_factor(out, done); },
         .outcome_is_line = true});
  });
  auto* forget = front.command(accounts, "forget-second-factor",
                               N_("take away the second factor of who lost it; sessions end"),
                               "sitelogd accounts forget-second-factor 张三");
  const auto of = front.options(forget, "accounts.forget_second_factor");
  of->positional("account");
  front.act(forget, [&front, of](Output& out) {
    return front.call(out, *of,
                      {.on_done =
                           [&out](const json::object& done) {
                             out.text(fill(tr("{} signs in by the password alone, until a second "
                                              "factor is set up again."),
                                           {text_in(done, "account")}));
                           },
                       .outcome_is_line = true});
  });
  auto* require =
      front.command(accounts, "require-second-factor",
                    N_("who has this role signs in with a second factor, or sets one up first"),
                    "sitelogd accounts require-second-factor administrator");
  const auto role = front.options(require, "accounts.require_second_factor");
  role->positional("role");
  role->option("undo");
  front.act(require, [&front, role](Output& out) {
    return front.call(out, *role,
                      {.on_done =
                           [&](const json::object& done) {
                             const Labels labels = labels_of(front, out);
                             std::string roles;
                             for (const auto& each : array_in(done, "roles")) {
                               roles += (roles.empty() ? "" : tr(", ")) +
                                        labels.role(std::string(each.as_string()));
                             }
                             out.text(roles.empty()
                                          ? std::string(tr("No role asks for a second factor."))
                                          : fill(tr("A second factor is asked of: {}"), {roles}));
                           },
                       .outcome_is_line = true});
  });
}

void add_accounts(Front& front) {
  auto* accounts = front.group("accounts", N_("who may come in at headquarters' page"));
  auto* add = front.command(accounts, "add",
                            N_("an account for somebody who is to come in at headquarters' page"),
                            "sitelogd accounts add 张三 --role recorder --unit ruzhou");
  const auto added = front.options(add, "accounts.add");
  added->positional("account");
  added->option("role");
  added->option("unit");
  added->option("campaign");
  act_with_password(front, add, added);
  add_list(front, accounts);
  add_changing(front, accounts);
  auto* reset =
      front.command(accounts, "reset",
                    N_("a new set-up link or password for an account; sessions and tokens end"),
                    "sitelogd accounts reset 张三");
  const auto options = front.options(reset, "accounts.reset");
  options->positional("account");
  act_with_password(front, reset, options);
  add_second_factor(front, accounts);
}

void add_tokens(Front& front) {
  auto* tokens = front.group("tokens", N_("what programs come in by"));
  auto* add = front.command(
      tokens, "add", N_("a token by which a program asks in an account's name; shown once"),
      "sitelogd tokens add --account 张三 --operations records.list --days 30");
  const auto added = front.options(add, "tokens.add");
  added->option("account");
  added->option("days");
  added->option("operations");
  added->option("purpose");
  front.act(add, [&front, added](Output& out) {
    return front.call(
        out, *added,
        {.on_done =
             [&out](const json::object& done) {
               out.text(fill(
                   tr("A token for {}, good until {}. It is not shown again:"),
                   {text_in(done, "account"), local_time(number_in(done, "expires").value_or(0))}));
               out.text("\n  " + text_in(done, "token") + "\n");
             },
         .outcome_is_line = true});
  });
  auto* list =
      front.command(tokens, "list", N_("the tokens of programs, without what opens the door"),
                    "sitelogd tokens list");
  const auto asked = front.options(list, "tokens.list");
  asked->option("account");
  front.act(list, [&front, asked](Output& out) {
    auto table = std::make_shared<Table>();
    table->header.push_back({{tr("id")}, {tr("account")}, {tr("purpose")}, {tr("good until")}});
    return front.call(
        out, *asked,
        {.on_line =
             [table](const json::object& token) {
               table->rows.push_back({text_in(token, "id"), text_in(token, "account"),
                                      text_in(token, "purpose"),
                                      local_time(number_in(token, "expires").value_or(0))});
             },
         .on_done =
             [&out, table](const json::object&) { out.text(render_text(*table, out.columns())); }});
  });
  auto* remove =
      front.command(tokens, "remove", N_("end a token"), "sitelogd tokens remove 7f3a91c2");
  const auto given = front.options(remove, "tokens.remove");
  given->positional("id");
  front.act(remove, [&front, given](Output& out) {
    return front.call(out, *given,
                      {.on_done =
                           [&out](const json::object& done) {
                             out.text(fill(tr("Token {} of {} opens nothing any more."),
                                           {text_in(done, "id"), text_in(done, "account")}));
                           },
                       .outcome_is_line = true});
  });
}

// What units are called, removed ones too: read once something asks for one.
class UnitNames {
 public:
  UnitNames(Front& front, Output& out) : front_(front), out_(out) {}

  std::string name(const std::string& code) const {
    if (!names_) read();
    const auto at = names_->find(code);
    return at != names_->end() ? at->second : code;
  }

 private:
  // Without names codes are shown, so that a refusal here is none.
  void read() const {
    names_.emplace();
    (void)front_.ask_owner(out_, {.operation = "units.list",
                                  .args = {{"removed", true}},
                                  .on_line =
                                      [this](const json::object& unit) {
                                        (*names_)[text_in(unit, "code")] = text_in(unit, "name");
                                      },
                                  .raw_lines = false});
  }

  Front& front_;
  Output& out_;
  mutable std::optional<std::map<std::string, std::string>> names_;
};

void add_audit(Front& front) {
  auto* audit = front.group("audit", N_("who signed in, did what, was refused, from where"));
  auto* list = front.command(audit, "list", N_("who signed in, did what, was refused, from where"),
                             "sitelogd audit list --account 张三 --hours 24");
  const auto asked = front.options(list, "audit.list");
  asked->option("limit");
  asked->option("account");
  asked->option("hours");
  front.act(list, [&front, asked](Output& out) {
    const Labels labels = labels_of(front, out);
    const UnitNames units(front, out);
    auto table = std::make_shared<Table>();
    table->header.push_back(
        {{tr("time")}, {tr("account")}, {tr("from")}, {tr("what")}, {tr("about")}});
    return front.call(
        out, *asked,
        {.on_line =
             [table, &labels, &units](const json::object& line) {
               table->rows.push_back({local_time(number_in(line, "at").value_or(0)),
                                      audit_who(line), audit_from(line), audit_what(line),
                                      audit_about(line, labels, [&units](const std::string& code) {
                                        return units.name(code);
                                      })});
             },
         .on_done =
             [&out, table](const json::object& done) {
               out.text(render_text(*table, out.columns()));
               if (flag_in(done, "intact")) return;
               if (const auto begins = number_in(done, "begins").value_or(1); begins > 1) {
                 return out.note(
                     fill(tr("the audit list begins with its line {}: the files before it "
                             "(audit-000001.log …) are not in the data folder"),
                          {std::to_string(begins)}));
               }
               out.note(
                   tr("the audit list is not as it was written: lines were altered or taken "
                      "out"));
             },
         .outcome_is_line = true});
  });
}

}  // namespace

void tell_way_in(Output& out, const json::object& done) {
  tell_notices(out, done);
  const std::string setup = text_in(done, "setup");
  if (setup.empty()) {
    return out.text(fill(tr("{} can sign in with this password."), {text_in(done, "account")}));
  }
  out.text(fill(tr("{} sets a password by this link, once, within {} hours. Give it to nobody "
                   "else:"),
                {text_in(done, "account"), std::to_string(limits::kSetupMost.count())}));
  const bool placeless = setup.starts_with('/');
  out.text("\n  " + (placeless ? "https://HOST:PORT" + setup : setup) + "\n");
  if (placeless) {
    out.text(
        tr("Put in place of HOST:PORT what “sitelogd serve” names, as it begins, for browsers: "
           "headquarters is not served just now."));
  }
}

void add_account_commands(Front& front) {
  add_accounts(front);
  add_tokens(front);
  add_audit(front);
}

}  // namespace sitelog
