#include "daemon/headquarters_commands.hpp"

#include "campaign/definition.hpp"
#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/given_file.hpp"
#include "command/notices.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "daemon/backup_folder.hpp"
#include "daemon/command_parts.hpp"
#include "daemon/headquarters.hpp"
#include "daemon/restore_folder.hpp"
#include "daemon/serve.hpp"
#include "daemon/unit_commands.hpp"
#include "engine/operation_parts.hpp"
#include "engine/system.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// A file the operation is to see as text: read here, where the person named it. What is not UTF-8
// no JSON can carry: `parse`, the operation's own reader, says here which lines are wrong.
template <class Parse>
Answer<json::object> file_args(const std::string& path, Parse parse) {
  const auto content = read_given_file(path);
  if (!content) return content.refusal();
  if (content->size() > kFileArgumentBytesMax) {
    return Refusal{Reason::kInvalidFile, N_("the file {} is too large"), {path}};
  }
  if (!is_utf8(*content)) {
    const auto parsed = parse(*content, path);
    if (!parsed) return refused_file(parsed.problems);
  }
  return json::object{{"file", path}, {"content", *content}};
}

void tell_disk(Output& out, const json::object& status) {
  const auto* disk = status.if_contains("disk");
  if (disk == nullptr) return;
  constexpr int64_t kMib = 1024 * 1024;
  const int64_t free = number_in(disk->as_object(), "free").value_or(0);
  const int64_t reserve = number_in(disk->as_object(), "reserve").value_or(0);
  if (free >= reserve) return;
  out.text(
      fill(tr("the disk of the data folder is nearly full: {} MiB are free, and {} MiB are kept "
              "for headquarters' own work. What devices send waits at them until there is "
              "room: make some, or move the folder to a larger disk."),
           {std::to_string(free / kMib), std::to_string(reserve / kMib)}));
}

void tell_waiting(Output& out, const json::object& status, const Labels& labels) {
  for (const auto& item : array_in(status, "waiting")) {
    const json::object& station = item.as_object();
    const std::string records = std::to_string(number_in(station, "records").value_or(0));
    const std::string role = labels.role(text_in(station, "role"));
    const std::string unit = text_in(station, "unit_name");
    if (flag_in(station, "empty")) {
      out.text(fill(tr("{} records wait at {}, where nobody sits"), {records, role}));
    } else {
      out.text(fill(tr("{} records wait at {}"),
                    {records, unit.empty() ? role : fill(tr("{} ({})"), {role, unit})}));
    }
  }
}

void show_status(Output& out, const json::object& status, const Labels& labels) {
  out.text(fill(tr("headquarters: {}"), {text_in(status, "name")}));
  if (const std::string rules = rules_text(status); !rules.empty()) out.text(rules);
  if (const auto newer = number_in(status, "newer_rules")) {
    const std::string number = std::to_string(*newer);
    out.text(fill(tr("this program knows newer judging rules, {}: sitelogd rules use {} lets "
                     "everybody judge by them, as soon as the sites have installed this version "
                     "(Sitelog {}) or a newer one"),
                  {number, number, SITELOG_VERSION}));
  }
  tell_clock(out, status);
  tell_disk(out, status);
  Table table;
  table.header.push_back({{tr("unit")},
                          {tr("name")},
                          {tr("records")},
                          {tr("pending")},
                          {tr("changed since")},
                          {tr("entries")},
                          {tr("conflicts")},
                          {tr("in quarantine")},
                          {tr("devices")},
                          {tr("last contact")}});
  int64_t of_no_unit = 0;
  for (const auto& item : status.at("units").as_array()) {
    const json::object& unit = item.as_object();
    if (text_in(unit, "unit").empty()) of_no_unit = number_in(unit, "records").value_or(0);
    int64_t contact = 0;
    for (const auto& device : unit.at("devices").as_array()) {
      contact = std::max(contact, number_in(device.as_object(), "contact").value_or(0));
    }
    table.rows.push_back(
        {text_in(unit, "unit"), name_of_unit(unit), number_in(unit, "records").value_or(0),
         number_in(unit, "pending").value_or(0), number_in(unit, "changed").value_or(0),
         number_in(unit.at("entries").as_object(), "book").value_or(0),
         number_in(unit, "conflicts").value_or(0), number_in(unit, "quarantined").value_or(0),
         static_cast<int64_t>(unit.at("devices").as_array().size()),
         contact > 0 ? local_time(contact) : std::string(tr("never"))});
  }
  out.text(render_text(table, out.columns()));
  tell_waiting(out, status, labels);
  if (of_no_unit > 0) {
    out.text(fill(tr("{} records belong to no unit: an earlier version wrote them here. They are "
                     "shown and not counted. Record them again for their unit (--unit), then "
                     "declare these void (sitelogd void)."),
                  {std::to_string(of_no_unit)}));
  }
  tell_held_up(out, status);
}

// The first account of a new headquarters: {"account","setup"}.
OperationAnswer add_first_administrator(const Front& front, const std::string& name) {
  auto headquarters = open_headquarters(front.data(), "sitelogd init", 0);
  if (!headquarters) return headquarters.refusal();
  OperationIo io;
  return call_operation(headquarters_operations(headquarters->get()),
                        owner_of_folder(front.language(), "sitelogd"), "accounts.add",
                        {{"account", name}, {"role", kAdministrator}}, io);
}

void add_init(Front& front) {
  auto name = std::make_shared<std::string>();
  auto administrator = std::make_shared<std::string>();
  auto* command = front.command(nullptr, "init", N_("set up a new headquarters in the data folder"),
                                "sitelogd init --data /srv/sitelog --name 市总工会");
  command->add_option("--name", *name, tr("what sites see headquarters called"))->required();
  command->add_option("--administrator", *administrator,
                      tr("also an account for the page's first administrator, so called"));
  front.act(command, [&front, name, administrator](Output& out) {
    out.keep_going();
    if (!administrator->empty()) {
      if (const auto fit = check_name(*administrator); !fit) return out.refused(fit.refusal());
    }
    const auto done = create_headquarters(front.data(), *name);
    if (!done) return out.refused(done.refusal());
    json::object told{{"folder", front.data()}, {"name", *name}};
    if (!administrator->empty()) {
      const auto added = add_first_administrator(front, *administrator);
      if (!added) return out.refused(added.refusal());
      told.insert(added->begin(), added->end());
      tell_way_in(out, *added);
    }
    out.line(told);
    out.text(
        fill(tr("Headquarters {} is set up in {}. Next: sitelogd units import, sitelogd campaign "
                "publish, sitelogd invite, sitelogd serve."),
             {*name, front.data()}));
    return kExitDone;
  });
}

void add_serve(Front& front) {
  auto listen = std::make_shared<std::vector<std::string>>();
  auto* command =
      front.command(nullptr, "serve", N_("answer the sites' devices until ended (SIGTERM)"),
                    "sitelogd serve --listen 0.0.0.0:7443");
  command->add_option("--listen", *listen, tr("HOST:PORT to listen at; port 0: any free one"))
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  auto web = std::make_shared<WebOptions>();
  command->add_option("--web-certificate", web->certificate_file,
                      tr("the page's certificate from a public authority (PEM, its own first)"));
  command->add_option("--web-key", web->key_file, tr("the private key of that certificate (PEM)"));
  command->add_option("--host", web->hosts, tr("a name under which browsers reach the page"))
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--pages", web->pages,
                      tr("the folder of the pages for people, instead of the installed ones"));
  front.act(command,
            [&front, listen, web](Output& out) { return serve(out, front.data(), *listen, *web); });
}

void tell_backup(Output& out, const json::object& done) {
  const std::string to = text_in(done, "backup");
  if (done.at("encrypted").as_bool()) {
    return out.text(
        fill(tr("Everything is copied to {} ({} records), encrypted. Without the private "
                "key or the passphrase nobody can restore it: keep that elsewhere."),
             {to, count(done, "records")}));
  }
  out.text(fill(tr("Everything is copied to {} ({} records). It holds the private keys: keep it "
                   "safe."),
                {to, count(done, "records")}));
  if (done.at("others_read").as_bool()) {
    out.note(fill(tr("note: this medium can't keep files from other users: whoever can read {} can "
                     "take the keys. Encrypt the backup (--passphrase-file), or keep the medium to "
                     "yourself."),
                  {to}));
  }
}

void tell_restored(Output& out, const std::string& folder, const Restored& done) {
  const BackupManifest& from = done.manifest;
  json::object line{{"folder", folder},
                    {"headquarters", from.headquarters},
                    {"made", nullptr},
                    {"records", from.counts.records},
                    {"invitations_void", done.void_invitations}};
  if (from.made_ms != 0) line["made"] = from.made_ms;
  out.line(line);
  out.text(fill(tr("{} is restored: headquarters {}, {} records, backup of {}. What sites recorded "
                   "since comes back with their next sync."),
                {folder, from.headquarters, std::to_string(from.counts.records),
                 from.made_ms != 0 ? local_time(from.made_ms) : tr("an unknown time")}));
  if (done.void_invitations > 0) {
    out.text(
        fill(tr("{} invitations that were open then are void, as they may have been used since: "
                "make new ones (sitelogd invite)."),
             {std::to_string(done.void_invitations)}));
  }
}

void add_copies(Front& front) {
  auto* backup =
      front.command(nullptr, "backup",
                    N_("copy everything to a new folder or encrypted file, also while serving"),
                    "sitelogd backup /media/stick/sitelog-2026-03-01");
  const auto options = front.options(backup, "backup");
  options->positional("to", "target");
  options->option("encrypt_to");
  options->option("passphrase_file");
  front.act(backup, [&front, options](Output& out) {
    out.keep_going();
    return front.call(out, *options,
                      {.on_done = [&out](const json::object& done) { tell_backup(out, done); },
                       .outcome_is_line = true});
  });

  struct Given {
    std::string from;
    SealKey key;
  };
  auto given = std::make_shared<Given>();
  auto* restore = front.command(
      nullptr, "restore", N_("make the data folder from a backup; overwrites nothing"),
      "sitelogd restore /media/stick/sitelog-2026-03-01 --data /srv/sitelog");
  restore->add_option("backup", given->from, tr("the backup: a folder or an encrypted file"))
      ->required();
  auto* key = restore->add_option("--key-file", given->key.key_file,
                                  tr("of an encrypted one: the private key (PEM)"));
  restore
      ->add_option("--passphrase-file", given->key.passphrase_file,
                   tr("of an encrypted one: a file whose first line is the passphrase"))
      ->excludes(key);
  front.act(restore, [&front, given](Output& out) {
    out.keep_going();
    OperationIo io;
    const auto done = restore_folder(given->from, given->key, front.data(), io);
    if (!done) return out.refused(done.refusal());
    tell_restored(out, front.data(), *done);
    return kExitDone;
  });
}

void add_status(Front& front) {
  auto* command = front.command(nullptr, "status", N_("what is held here, and who was met when"),
                                "sitelogd status");
  const auto options = front.options(command, "status");
  options->option("unit");
  front.act(command, [&front, options](Output& out) {
    return front.call(
        out, *options,
        {.on_done =
             [&](const json::object& done) { show_status(out, done, labels_of(front, out)); },
         .outcome_is_line = true});
  });
}

void add_campaigns(Front& front) {
  auto* campaign = front.group("campaign", N_("what the sites are asked to record"));
  for (const bool publish : {false, true}) {
    auto file = std::make_shared<std::string>();
    auto* command =
        publish ? front.command(campaign, "publish", N_("publish a definition to all sites"),
                                "sitelogd campaign publish thousand-events.toml")
                : front.command(campaign, "check", N_("check a definition, publish nothing"),
                                "sitelogd campaign check thousand-events.toml");
    command->add_option("file", *file, tr("the definition (TOML)"))->required();
    auto confirm = std::make_shared<bool>(false);
    if (publish) {
      command->add_flag("--confirm", *confirm,
                        tr("also where records would no longer count, or what they say no longer "
                           "be asked for"));
    }
    front.act(command, [&front, file, publish, confirm](Output& out) {
      auto args = file_args(*file, [](const std::string& content, const std::string& name) {
        return parse_definition(content, name);
      });
      if (!args) return out.refused(args.refusal());
      if (*confirm) (*args)["confirm"] = true;
      return front.call(
          out,
          {.operation = publish ? "campaign.publish" : "campaign.check",
           .args = *args,
           .on_done =
               [&](const json::object& done) {
                 tell_notices(out, done);
                 if (publish && flag_in(done, "unchanged")) {
                   return out.text(fill(tr("Campaign {} is published just so already: nothing was "
                                           "changed."),
                                        {text_in(done, "campaign")}));
                 }
                 out.text(fill(publish ? tr("Campaign {} is published ({} units have a quota, "
                                            "{} in all).")
                                       : tr("Campaign {} has no errors ({} units have a quota, "
                                            "{} in all)."),
                               {text_in(done, "campaign"), count(done, "units_with_quota"),
                                count(done, "quota_sum")}));
               },
           .outcome_is_line = true});
    });
  }
  auto* definition =
      front.command(campaign, "definition", N_("the definition of a campaign as it was published"),
                    "sitelogd campaign definition thousand-events > thousand-events.toml");
  const auto meant = front.options(definition, "campaign.definition");
  meant->positional("campaign");
  front.act(definition, [&front, meant](Output& out) {
    return front.call(
        out, *meant,
        {.on_done = [&](const json::object& done) { out.bytes(text_in(done, "content")); },
         .outcome_is_line = true});
  });
  auto* withdraw = front.command(
      campaign, "withdraw", N_("withdraw a published campaign; its records stay, but don't count"),
      "sitelogd campaign withdraw thousand-events --reason 活动取消");
  const auto options = front.options(withdraw, "campaign.withdraw");
  options->positional("campaign");
  options->option("reason");
  options->option("confirm");
  options->option("person");
  front.act(withdraw, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_done =
                           [&](const json::object& done) {
                             out.text(fill(tr("Campaign {} is withdrawn; its {} records stay."),
                                           {text_in(done, "campaign"), count(done, "records")}));
                           },
                       .outcome_is_line = true});
  });
  auto* list =
      front.command(campaign, "list", N_("the published campaigns"), "sitelogd campaign list");
  const auto listed = front.options(list, "campaigns.list");
  listed->option("withdrawn");
  front.act(list, [&front, listed](Output& out) {
    return front.call(out, *listed, {.on_line = [&](const json::object& line) {
                        out.text(text_in(line, "campaign") + "  " +
                                 text_in(line, name_of(front.language())) + "  " +
                                 text_in(line, "from") + " – " + text_in(line, "to") +
                                 withdrawn_text(line));
                      }});
  });
}

std::string policy_field(const FormLabels& labels, const std::string& field) {
  return field == "*" ? tr("all fields") : labels.field(field);
}

void tell_policy(Output& out, const FormLabels& labels, const std::string& unit,
                 const std::string& field, const std::string& policy) {
  out.text(fill(tr("{}, {}: {}"), {unit, policy_field(labels, field), policy_text(policy)}));
}

void add_policies(Front& front) {
  auto* policy = front.group("policy", N_("which value a field in conflict shows"));
  auto* set = front.command(policy, "set", N_("set a unit's policy, for all fields or for one"),
                            "sitelogd policy set --unit mine-3 --field participants ask");
  const auto options = front.options(set, "policy.set");
  options->option("unit");
  options->option("field");
  options->positional("policy");
  front.act(set, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_done =
                           [&](const json::object& done) {
                             tell_policy(out, labels_of(front, out).agreed(), unit_of(done),
                                         text_in(done, "field"), text_in(done, "policy"));
                           },
                       .outcome_is_line = true});
  });
  auto* clear = front.command(policy, "clear",
                              N_("take a unit's policy back, for all fields or for one: what the "
                                 "campaign says holds again"),
                              "sitelogd policy clear --unit mine-3 --field participants");
  const auto cleared = front.options(clear, "policy.clear");
  cleared->option("unit");
  cleared->option("field");
  front.act(clear, [&front, cleared](Output& out) {
    return front.call(
        out, *cleared,
        {.on_done =
             [&](const json::object& done) {
               const FormLabels labels = labels_of(front, out).agreed();
               out.text(fill(tr("{}, {}: no policy of its own any more"),
                             {unit_of(done), policy_field(labels, text_in(done, "field"))}));
             },
         .outcome_is_line = true});
  });
  auto* list = front.command(policy, "list", N_("the units' policies"), "sitelogd policy list");
  const auto asked = front.options(list, "policy.list");
  asked->option("unit");
  front.act(list, [&front, asked](Output& out) {
    const FormLabels labels = labels_of(front, out).agreed();
    return front.call(out, *asked, {.on_line = [&](const json::object& line) {
                        for (const auto& [field, name] : line.at("policies").as_object()) {
                          tell_policy(out, labels, unit_of(line), std::string(field),
                                      std::string(name.as_string()));
                        }
                      }});
  });
}

void tell_rules(Output& out, const json::object& rules) {
  out.text(fill(tr("rules {} hold; this program knows rules 1 to {}"),
                {count(rules, "hold"), count(rules, "known")}));
  if (!rules.contains("quarantined")) return;
  out.text(fill(tr("entries in quarantine: {} before, {} now"),
                {count(rules, "quarantined_before"), count(rules, "quarantined")}));
}

void add_rules(Front& front) {
  auto* rules = front.group("rules", N_("by which rules every replica judges what devices write"));
  auto* show = front.command(rules, "show", N_("which judging rules hold"), "sitelogd rules show");
  const auto asked = front.options(show, "rules.show");
  front.act(show, [&front, asked](Output& out) {
    return front.call(out, *asked,
                      {.on_done = [&out](const json::object& done) { tell_rules(out, done); },
                       .outcome_is_line = true});
  });
  auto* use =
      front.command(rules, "use", N_("let everybody judge by these rules"), "sitelogd rules use 2");
  const auto given = front.options(use, "rules.use");
  given->positional("number");
  front.act(use, [&front, given](Output& out) {
    return front.call(out, *given,
                      {.on_done = [&out](const json::object& done) { tell_rules(out, done); },
                       .outcome_is_line = true});
  });
}

}  // namespace

void add_headquarters_setup_commands(Front& front) {
  add_init(front);
  add_serve(front);
  add_status(front);
  add_verify_command(front);
  add_copies(front);
}

void add_headquarters_unit_commands(Front& front) {
  add_unit_commands(front);
  add_campaigns(front);
  add_policies(front);
  add_rules(front);
  add_clock_commands(front);
}

}  // namespace sitelog
