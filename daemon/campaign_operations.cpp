// Publishing campaigns, and withdrawing them.
#include "campaign/differences.hpp"
#include "campaign/names.hpp"
#include "campaign/notices.hpp"
#include "campaign/reporting_units.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What the common book says of a campaign.
struct Published {
  bool withdrawn = false;
  std::string text;
  std::optional<Definition> definition;  // nothing where the text can't be read any more
};

std::optional<Published> published(Engine& engine, const std::string& campaign) {
  const auto state = engine.read([&](const Queries& queries) {
    return queries.record_state(
        {BookCode(kRootBook), campaign_record(campaign), std::string(kFormCampaign)});
  });
  if (!state) return std::nullopt;
  Published out{state->voided(), state->text("definition"), {}};
  auto parsed = parse_definition(out.text, campaign, UnknownKeys::kIgnore);
  if (parsed) out.definition = std::move(*parsed);
  return out;
}

// A record as a line of the list tells it: what is reserved is left out, but for what of it was
// otherwise when it was sent.
RecordState record_from(const json::object& line) {
  RecordState out;
  out.form = std::string(line.at("form").as_string());
  for (const auto& [name, value] : line.at("fields").as_object()) {
    if (auto read = value_from_json(value)) out.fields[std::string(name)] = {*std::move(read), {}};
  }
  if (const auto* as_sent = line.if_contains("as_sent")) {
    out.as_sent.emplace();
    for (const auto& [name, value] : as_sent->as_object()) {
      out.as_sent->emplace(std::string(name), value_from_json(value).value_or(Value()));
    }
  }
  return out;
}

// Visits the campaign's records that may count; returns how many records it has.
int64_t each_record(Engine& engine, const std::string& campaign,
                    const std::function<void(const RecordState&)>& visit) {
  RecordFilter filter;
  filter.campaign = campaign;
  int64_t all = 0;
  engine.read([&](const Queries& queries) {
    queries.list_records(filter, std::nullopt, [&](const json::object& line) {
      ++all;
      const bool refused = line.at("review").at("state") == "refused";
      if (!refused && !line.contains("void")) visit(record_from(line));
    });
    return Done{};
  });
  return all;
}

Refusal not_newer(const Definition& before, const Definition& now) {
  return {Reason::kInvalidValue,
          N_("campaign {} is published in version {}: give what differs from it a higher version "
             "than {}"),
          {now.id, std::to_string(before.version), std::to_string(now.version)}};
}

DetailedRefusal unconfirmed(const std::vector<Refusal>& told) {
  std::vector<FieldProblem> parts;
  for (const Refusal& each : told) parts.push_back({"", each});
  return DetailedRefusal({Reason::kInvalidValue,
                          N_("nothing was published: look at what would change, and confirm it "
                             "(command line: --confirm) if it is meant"),
                          {}},
                         std::move(parts));
}

Result<> write_campaign(Engine& engine, const std::string& campaign, const Author& author,
                        std::map<std::string, Value> values) {
  return engine.call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    const BookCode root(kRootBook);
    const std::string form(kFormCampaign);
    const RecordId record = campaign_record(campaign);
    const auto known = store.state(root, record, form);
    if (known && known->voided()) values.try_emplace(std::string(kFieldVoid), Value());
    const Entry entry = compose(known ? &*known : nullptr, record, form, values);
    const auto written = store.write(root, entry, author.clock, author.person);
    if (!written) return written.refusal();
    return Done{};
  });
}

// Other roles may judge records from now on.
Result<> tell_filled(Headquarters& headquarters, const OperationCall& call) {
  const std::lock_guard alone(*headquarters.changing_accounts);
  return tell_filled_roles(headquarters, person_asking(call, *headquarters.engine));
}

// Records that wait for roles that this definition has no more: nobody speaks for these then.
std::vector<Refusal> left_waiting(Engine& engine, const Definition& before, const Definition& now) {
  std::vector<Refusal> out;
  engine.read([&](const Queries& queries) {
    for (const RoleDefinition& role : before.roles) {
      if (now.role(role.key) != nullptr) continue;
      RecordFilter filter;
      filter.campaign = now.id;
      filter.waits_for = role.key;
      const int64_t records = queries.count_records(filter);
      if (records == 0) continue;
      out.push_back({Reason::kInvalidValue,
                     N_("{} records wait for the role {}, which would be gone: nobody would have "
                        "it, until they are sent again, or headquarters acts for an empty chair"),
                     {std::to_string(records), role.label.en, role.label.zh}});
    }
    return Done{};
  });
  return out;
}

// What would become of what is published, added to `noticed`; why it is not to be published so.
std::optional<DetailedRefusal> look_at_changes(Engine& engine, const OperationCall& call,
                                               const Definition& before, const Definition& now,
                                               bool publish, std::vector<Refusal>& noticed) {
  Differences differences(before, now, call.caller.language);
  each_record(engine, now.id, [&](const RecordState& record) { differences.look_at(record); });
  auto told = differences.told();
  const auto waiting = left_waiting(engine, before, now);
  told.insert(told.end(), waiting.begin(), waiting.end());
  noticed.insert(noticed.end(), told.begin(), told.end());
  if (now.version <= before.version) {
    if (publish) return not_newer(before, now);
    noticed.push_back(not_newer(before, now));
  }
  const bool weighty = differences.weighty() || !waiting.empty();
  if (publish && weighty && !call.args.flag("confirm")) return unconfirmed(told);
  return std::nullopt;
}

// Checks a definition, and publishes it where `publish` says so.
OperationAnswer take_definition(Headquarters& headquarters, const OperationCall& call,
                                bool publish) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const std::string& content = call.args.text("content");
  const auto parsed = parse_definition(content, call.args.text("file"));
  if (!parsed) return refused_file(parsed.problems);
  const Definition& definition = *parsed;
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  const int64_t sum = quota_sum(definition, *tree);
  std::vector<Refusal> noticed = notices(definition, *tree);
  const auto before = published(engine, definition.id);
  const bool changes = before && before->text != content && before->definition;
  if (changes && (publish || !call.args.flag("preview"))) {
    auto refused = look_at_changes(engine, call, *before->definition, definition, publish, noticed);
    if (refused) return *std::move(refused);
  }
  const bool unchanged = before && !before->withdrawn && before->text == content;
  if (publish && !unchanged) {
    const auto written =
        write_campaign(engine, definition.id, author_of(call, engine),
                       {{"id", Value(definition.id)}, {"definition", Value(content)}});
    if (!written) return written.refusal();
    if (auto told = tell_filled(headquarters, call); !told) return told.refusal();
  }
  json::array list;
  for (const Refusal& notice : noticed) list.emplace_back(notice_json(notice));
  return json::object{{"campaign", definition.id},
                      {"version", definition.version},
                      {"zh", definition.title.zh},
                      {"en", definition.title.en},
                      {"units_with_quota", definition.quotas.size()},
                      {"quota_sum", sum},
                      {"published", publish && !unchanged},
                      {"unchanged", unchanged},
                      {"as_listed", campaign_line(definition, {})},
                      {"notices", std::move(list)}};
}

OperationAnswer check_campaign(Headquarters& headquarters, const OperationCall& call) {
  return take_definition(headquarters, call, false);
}

OperationAnswer publish_campaign(Headquarters& headquarters, const OperationCall& call) {
  return take_definition(headquarters, call, true);
}

// What is published, or was: by its id or title.
OperationAnswer tell_definition(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const std::string& given = call.args.text("campaign");
  std::string id = given;
  auto found = published(engine, id);
  if (!found) {
    const auto called = engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
      auto all = catalogue.campaigns();
      const auto gone = catalogue.withdrawn();
      all.insert(all.end(), gone.begin(), gone.end());
      const auto one = find_campaign(all, given);
      return one ? Result<std::string>((*one)->id) : one.refusal();
    });
    if (!called) return called.refusal();
    id = *called;
    found = published(engine, id);
    if (!found) return Refusal{Reason::kUnknownCampaign, N_("there is no campaign {}"), {given}};
  }
  json::object out{{"campaign", id}, {"content", found->text}};
  if (found->definition) out["version"] = found->definition->version;
  if (found->withdrawn) out["withdrawn"] = true;
  return out;
}

// The id of what is published and called so, by its id or title. One whose definition this program
// can't read is known by its id alone.
Result<std::string> campaign_to_withdraw(Engine& engine, const std::string& given) {
  const auto by_id = published(engine, given);
  if (by_id && !by_id->withdrawn) return given;
  return engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<std::string> {
    const auto found = find_campaign(catalogue.campaigns(), given);
    if (found) return (*found)->id;
    const auto gone = find_campaign(catalogue.withdrawn(), given);
    if (!gone) return found.refusal();
    return Refusal{Reason::kUnknownCampaign, N_("campaign {} is withdrawn already"), {(*gone)->id}};
  });
}

OperationAnswer withdraw_campaign(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const auto meant = campaign_to_withdraw(engine, call.args.text("campaign"));
  if (!meant) return meant.refusal();
  const std::string& campaign = *meant;
  const int64_t records = each_record(engine, campaign, [](const RecordState&) {});
  if (records > 0 && !call.args.flag("confirm")) {
    return Refusal{
        Reason::kInvalidValue,
        N_("{} records of campaign {} would count no longer, and none come to them; they stay, "
           "to be read, exported and corrected. Confirm this (command line: --confirm) "
           "if it is meant"),
        {std::to_string(records), campaign}};
  }
  const auto written = write_campaign(engine, campaign, author_of(call, engine),
                                      {{std::string(kFieldVoid), call.args.text("reason")}});
  if (!written) return written.refusal();
  if (auto told = tell_filled(headquarters, call); !told) return told.refusal();
  return json::object{{"campaign", campaign}, {"records", records}};
}

std::vector<Argument> definition_arguments() {
  return {argument::text("file", N_("what the file is called, for messages")).needed(),
          argument::text("content", N_("the definition (TOML)"))
              .between(0, kFileArgumentBytesMax)
              .holding(Holds::kFile)
              .needed(),
          person_argument(N_("who publishes"))};
}

std::vector<Argument> check_arguments() {
  std::vector<Argument> out = definition_arguments();
  out.push_back(argument::flag(
      "preview", N_("only what it says: what would become of the records there are is not told")));
  return out;
}

std::vector<Argument> publish_arguments() {
  std::vector<Argument> out = definition_arguments();
  out.push_back(argument::flag("confirm", N_("also where records would no longer count, or what "
                                             "they say no longer be asked for")));
  return out;
}

Shape definition_shape() {
  using namespace shape;
  return object({{"campaign", text()},
                 {"version", integer()},
                 {"zh", text()},
                 {"en", text()},
                 {"units_with_quota", integer()},
                 {"quota_sum", integer()},
                 {"published", flag()},
                 {"unchanged", flag()},
                 {"as_listed", campaign_shape()},
                 {"notices", list(problem_shape())}});
}

}  // namespace

void add_campaign_operations(OperationTable& table, Headquarters* headquarters) {
  table.add({.name = "campaign.check",
             .right = Right::kAdminister,
             .help = N_("check a definition, publish nothing"),
             .arguments = check_arguments(),
             .answer = definition_shape(),
             .run = run_by(headquarters, check_campaign)});
  table.add(
      {.name = "campaign.definition",
       .help = N_("the definition of a campaign as it was published"),
       .arguments = {argument::text("campaign", N_("the campaign, by its id or title")).needed()},
       .answer = shape::object({{"campaign", shape::text()},
                                {"content", shape::text()},
                                shape::sometimes("version", shape::integer()),
                                shape::sometimes("withdrawn", shape::flag())}),
       .run = run_by(headquarters, tell_definition)});
  table.add({.name = "campaign.publish",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("publish a definition to all sites"),
             .arguments = publish_arguments(),
             .answer = definition_shape(),
             .run = run_by(headquarters, publish_campaign)});
  table.add(
      {.name = "campaign.withdraw",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("withdraw a published campaign; its records stay, but don't count"),
       .arguments = {argument::text("campaign", N_("the campaign, by its id or title")).needed(),
                     argument::text("reason", N_("why")).needed(),
                     argument::flag("confirm", N_("also where it has records")),
                     person_argument(N_("who does it"))},
       .answer = shape::object({{"campaign", shape::text()}, {"records", shape::integer()}}),
       .run = run_by(headquarters, withdraw_campaign)});
}

}  // namespace sitelog
