// What is to be seen: records, conflicts, what is kept aside, campaigns; and the verification.
#include "campaign/banner.hpp"
#include "campaign/chain.hpp"
#include "campaign/text.hpp"
#include "campaign/units.hpp"
#include "engine/commenting.hpp"
#include "engine/cut_to_fit.hpp"
#include "engine/in_parts.hpp"
#include "engine/limits.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "engine/station_words.hpp"
#include "engine/unusual_values.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/verify.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of a record that says too much to be shown, in characters.
constexpr size_t kExplanationShown = 200;

// What is shown of one record.
json::object shown_line(Engine& engine, const Queries& queries, const FoundRecord& found) {
  json::object line =
      queries.show_record(found, device_of(engine.identity().headquarters), held_by(engine));
  line["unit_name"] = KnownUnits(engine, queries).name(found.unit);
  tell_comments(line);
  return line;
}

// Whom the record's unit would ask today, where it was sent to others, or is to be sent yet.
void tell_who_is_asked(Engine& engine, const UnitTree& units, const std::string& campaign,
                       json::object& line) {
  const auto chain = engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
    const Definition* definition = catalogue.campaign(campaign);
    const Form* form =
        definition != nullptr ? definition->form(line.at("form").as_string()) : nullptr;
    if (form == nullptr) return std::optional<Chain>();
    return chain_of(*definition, *form, units, BookCode(line.at("unit").as_string()));
  });
  if (!chain) return;
  json::array asked, would_ask;
  if (const auto* stations = line.at("review").as_object().if_contains("stations")) {
    for (const auto& each : stations->as_array()) {
      asked.emplace_back(json::object{{"role", each.at("role")}, {"unit", each.at("unit")}});
    }
  }
  for (const Station& station : chain->stations) would_ask.emplace_back(to_json(station));
  if (asked != would_ask) line["would_ask"] = std::move(would_ask);
  const auto* waiting = line.at("review").as_object().if_contains("waiting");
  if (waiting == nullptr) return;
  const Station station{std::string(waiting->at("role").as_string()),
                        BookCode(waiting->at("unit").as_string())};
  const BookCode unit(line.at("unit").as_string());
  if (units.unit(unit) != nullptr && !is_below(units, unit, station)) line["unit_moved"] = true;
}

void tell_stations(Engine& engine, json::object& line) {
  const auto units = engine.read([&](const Queries& queries) {
    const bool by_stations = queries.rules().hold >= kRulesOfStations;
    return by_stations ? engine.units(queries) : nullptr;
  });
  if (!units) return;
  for (const char* member : {"campaign_now", "campaign"}) {
    const auto* campaign = line.if_contains(member);
    if (campaign == nullptr || line.contains("void")) continue;
    tell_who_is_asked(engine, *units, std::string(campaign->as_string()), line);
    break;
  }
  const NameOfUnit name_of_unit = [&](const BookCode& code) { return units->name(code); };
  name_stations(name_of_unit, line);
  name_units_said(name_of_unit, line);
}

// A message that was cut could be told in no other language; what explains it may be cut.
void cut_keeping_reasons(json::object& line) {
  json::value reasons;
  if (auto* unusual = line.if_contains("unusual")) reasons = *unusual;
  cut_to_fit(line, kShownBytesMax);
  if (!line.contains("too_large") || reasons.is_null()) return;
  for (auto& each : reasons.as_array()) {
    auto* explanation = each.as_object().if_contains("explanation");
    if (explanation != nullptr && explanation->is_string()) {
      *explanation = shortened(explanation->get_string(), kExplanationShown);
    }
  }
  line["unusual"] = std::move(reasons);
}

OperationAnswer show_one_record(Engine& engine, const OperationCall& call) {
  UnusualValues marks(engine);
  const SeenCodes codes(engine.identity().key);
  auto told = engine.read([&](const Queries& queries) -> OperationAnswer {
    const auto found = find_record(engine, queries, call.caller, call.args.text("record"));
    if (!found) return found.refusal();
    return shown_line(engine, queries, *found);
  });
  if (!told) return told;
  marks.mark_with_reasons(*told);
  tell_stations(engine, *told);
  add_code(codes, *told);
  cut_keeping_reasons(*told);
  call.io.line(*told);
  return json::object{};
}

// As show_one_record tells it, whole, however much it is.
OperationAnswer tell_whole_record(Engine& engine, const OperationCall& call) {
  UnusualValues marks(engine);
  const SeenCodes codes(engine.identity().key);
  auto told = engine.read([&](const Queries& queries) -> OperationAnswer {
    const auto found = find_record(engine, queries, call.caller, call.args.text("record"));
    if (!found) return found.refusal();
    return shown_line(engine, queries, *found);
  });
  if (!told) return told;
  marks.mark_with_reasons(*told);
  tell_stations(engine, *told);
  add_code(codes, *told);
  each_part(std::move(*told), kPartBytesMax,
            [&](json::object part) { call.io.line(std::move(part)); });
  return json::object{};
}

}  // namespace

json::object campaign_line(const Definition& definition, const std::string& unit_name) {
  json::array kinds, forms, deadlines;
  for (const Choice& kind : definition.kinds) {
    kinds.emplace_back(
        json::object{{"kind", kind.key}, {"zh", kind.label.zh}, {"en", kind.label.en}});
  }
  for (const Form& form : definition.forms) {
    json::array fields;
    for (const Field& field : form.fields) {
      json::object line{{"name", field.name},
                        {"type", name_of(field.type)},
                        {"zh", field.label.zh},
                        {"en", field.label.en},
                        {"required", field.required}};
      if (field.type == FieldType::kInteger) {
        line["min"] = field.min;
        line["max"] = field.max;
      }
      if (field.length_max > 0) line["length_max"] = field.length_max;
      if (field.default_value) line["default"] = to_json(*field.default_value);
      if (const Vocabulary* choices = definition.vocabulary(field.vocabulary)) {
        json::array keys;
        for (const Choice& choice : *choices) {
          keys.emplace_back(json::object{
              {"value", choice.key}, {"zh", choice.label.zh}, {"en", choice.label.en}});
        }
        line["choices"] = std::move(keys);
      }
      fields.emplace_back(std::move(line));
    }
    json::array stations;
    for (const RoleDefinition* role : definition.stations_of(form))
      stations.emplace_back(role->key);
    forms.emplace_back(json::object{{"form", form.key},
                                    {"zh", form.label.zh},
                                    {"en", form.label.en},
                                    {"list", json::value_from(form.list)},
                                    {"stations", std::move(stations)},
                                    {"fields", std::move(fields)}});
  }
  for (const Deadline& deadline : definition.deadlines) {
    deadlines.emplace_back(json::object{{"date", deadline.date.text()},
                                        {"what", deadline.what},
                                        {"zh", deadline.label.zh},
                                        {"en", deadline.label.en}});
  }
  json::array roles;
  for (const RoleDefinition& role : definition.roles) {
    json::object line{{"role", role.key},
                      {"zh", role.label.zh},
                      {"en", role.label.en},
                      {"may", json::value_from(role.may)},
                      {"below", role.below}};
    if (role.stands != Stands::kNotSaid) line["stands"] = name_of(role.stands);
    roles.emplace_back(std::move(line));
  }
  const ReportSettings& counted = definition.report;
  json::object report{{"form", counted.form}};
  for (const auto& [name, field] : {std::pair("kind", &counted.kind),
                                    {"level", &counted.level},
                                    {"status", &counted.status},
                                    {"sessions", &counted.sessions},
                                    {"participants", &counted.participants}}) {
    if (!field->empty()) report[name] = *field;
  }
  if (!counted.held.empty()) report["held"] = json::value_from(counted.held);
  return {{"campaign", definition.id},     {"report", std::move(report)},
          {"version", definition.version}, {"zh", definition.title.zh},
          {"en", definition.title.en},     {"from", definition.from.text()},
          {"to", definition.to.text()},    {"banner", banner_text(definition, unit_name)},
          {"kinds", std::move(kinds)},     {"forms", std::move(forms)},
          {"roles", std::move(roles)},     {"deadlines", std::move(deadlines)}};
}

Shape campaign_shape() {
  using namespace shape;
  const auto labelled = [](std::vector<Member> members) {
    members.push_back({"zh", text()});
    members.push_back({"en", text()});
    return members;
  };
  const Shape field =
      object(labelled({{"name", text()},
                       {"type", text()},
                       {"required", flag()},
                       sometimes("min", integer()),
                       sometimes("max", integer()),
                       sometimes("length_max", integer()),
                       sometimes("default", any()),
                       sometimes("choices", list(object(labelled({{"value", text()}}))))}));
  return object(
      labelled({{"campaign", text()},
                {"version", integer()},
                sometimes("withdrawn", flag()),
                sometimes("reason", text()),
                {"from", text()},
                {"to", text()},
                {"banner", text()},
                {"report", object({{"form", text()},
                                   sometimes("kind", text()),
                                   sometimes("level", text()),
                                   sometimes("status", text()),
                                   sometimes("sessions", text()),
                                   sometimes("participants", text()),
                                   sometimes("held", list(text()))})},
                {"kinds", list(object(labelled({{"kind", text()}})))},
                {"forms", list(object(labelled({{"form", text()},
                                                {"list", list(text())},
                                                {"stations", list(text())},
                                                {"fields", list(field)}})))},
                {"roles", list(object(labelled({{"role", text()},
                                                {"may", list(text())},
                                                {"below", flag()},
                                                sometimes("stands", text())})))},
                {"deadlines", list(object(labelled({{"date", text()}, {"what", text()}})))}}));
}

namespace {

OperationAnswer list_all_campaigns(Engine& engine, const OperationCall& call) {
  const BookCode& unit = engine.identity().unit();
  std::string unit_name;
  if (!unit.empty()) {
    unit_name =
        engine.read([&](const Queries& queries) { return KnownUnits(engine, queries).name(unit); });
  }
  const auto lines = engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
    std::vector<json::object> out;
    for (const Definition* definition : catalogue.campaigns()) {
      out.push_back(campaign_line(*definition, unit_name));
    }
    if (!call.args.flag("withdrawn")) return out;
    for (const Definition* definition : catalogue.withdrawn()) {
      out.push_back(campaign_line(*definition, unit_name));
      out.back()["withdrawn"] = true;
    }
    return out;
  });
  for (json::object line : lines) {
    if (line.contains("withdrawn")) {
      const RecordId record = campaign_record(std::string(line.at("campaign").as_string()));
      line["reason"] = engine.read(
          [&](const Queries& queries) { return why_void(queries, record, kFormCampaign); });
    }
    call.io.line(line);
  }
  return json::object{};
}

OperationAnswer verify_folder(Engine& engine, const OperationCall& call) {
  CampaignCatalogue catalogue;
  const Identity& identity = engine.identity();
  const Verified verified =
      verify_store(engine.data_file(), identity.headquarters, identity.headquarters_id(), catalogue,
                   [&](const char* step, int64_t done) {
                     call.io.progress({{"step", step}, {"done", done}});
                   });
  for (const Finding& finding : verified.findings) {
    json::array where_args(finding.where_args.begin(), finding.where_args.end());
    call.io.line({{"finding", finding.kind},
                  {"where", finding.where},
                  {"what", finding.what},
                  {"advice", finding.advice},
                  {"where_text", finding.where_text},
                  {"where_args", std::move(where_args)}});
  }
  json::object summary{{"entries", verified.entries},
                       {"records", verified.records},
                       {"signatures", verified.heads},
                       {"findings", verified.findings_total}};
  call.io.line(summary);
  if (verified.findings_total == 0) return summary;
  return Refusal{Reason::kFolderDamaged,
                 N_("{} things are not as they must be: stop using this folder and "
                    "see docs/recovery.md"),
                 {std::to_string(verified.findings_total)}};
}

Shape stamp_shape() {
  using namespace shape;
  return object({{"device", text()}, {"person", text()}, {"wall", integer()}});
}

Shape station_shape() {
  using namespace shape;
  return object({{"role", text()}, {"unit", text()}, sometimes("unit_name", text())});
}

std::vector<Member> review_members() {
  using namespace shape;
  return {{"state", text()},
          sometimes("changed_since", flag()),
          sometimes("unsent", flag()),
          sometimes("waiting", station_shape()),
          sometimes("by", station_shape()),
          sometimes("remark", text()),
          sometimes("due", text()),
          sometimes("fields", map(text()))};
}

// What a station said last of something that was sent before.
Shape earlier_shape() {
  using namespace shape;
  return object({{"verdict", text()},
                 {"person", text()},
                 {"wall", integer()},
                 sometimes("remark", text()),
                 sometimes("due", text()),
                 sometimes("fields", map(text()))});
}

// Of a record that is shown.
Shape whole_review_shape() {
  using namespace shape;
  std::vector<Member> out = review_members();
  out.push_back(sometimes("sent", text()));
  out.push_back(sometimes("stations", list(object({{"role", text()},
                                                   {"unit", text()},
                                                   sometimes("unit_name", text()),
                                                   sometimes("by", station_shape()),
                                                   sometimes("verdict", text()),
                                                   sometimes("person", text()),
                                                   sometimes("wall", integer()),
                                                   sometimes("accepts", list(text())),
                                                   sometimes("remark", text()),
                                                   sometimes("due", text()),
                                                   sometimes("fields", map(text())),
                                                   sometimes("for", station_shape()),
                                                   sometimes("reason", text()),
                                                   sometimes("earlier", earlier_shape())}))));
  return object(std::move(out));
}

// Of a record, listed (`conflicts` are fields) or shown (they are told in full).
std::vector<Member> record_members(Shape conflicts, Shape review) {
  using namespace shape;
  return {{"record", text()},
          {"unit", text()},
          sometimes("unit_name", text()),
          {"form", text()},
          sometimes("campaign", text()),
          sometimes("campaign_now", text()),
          {"fields", map(any())},
          {"review", std::move(review)},
          sometimes("as_sent", map(any())),
          {"conflicts", list(std::move(conflicts))},
          sometimes("parallel", integer()),
          sometimes("void", any()),
          sometimes("explanations", map(any())),
          sometimes("unexplained", list(text())),
          sometimes("outside", text()),
          sometimes("withdrawn", flag()),
          sometimes("too_large", integer()),
          {"created", stamp_shape()},
          {"changed", stamp_shape()},
          {"seen", text()},
          {"code", text()},
          sometimes("held", flag())};
}

Shape candidate_shape() {
  using namespace shape;
  return object({{"value", any()},
                 {"device", text()},
                 {"person", text()},
                 {"wall", integer()},
                 {"stream", text()},
                 {"number", integer()},
                 {"role", text()},
                 {"entry", text()},
                 sometimes("corrected_wall", integer())});
}

std::vector<Member> conflict_members() {
  using namespace shape;
  return {{"field", text()},
          {"shown", any()},
          {"policy", text()},
          {"candidates", list(candidate_shape())},
          sometimes("too_large", integer())};
}

Shape shown_record_shape() {
  using namespace shape;
  const std::vector<Member> origin{{"entry", text()},    {"device", text()},  {"role", text()},
                                   {"person", text()},   {"wall", integer()}, {"stream", text()},
                                   {"number", integer()}};
  std::vector<Member> entry = origin;
  entry.push_back(
      {"fields",
       map(object({{"value", any()}, {"replaces", list(text())}, sometimes("sent", text())}))});
  entry.push_back(sometimes("person_role", text()));
  entry.push_back(sometimes("known_by", text()));
  entry.push_back(sometimes("quarantined", text()));
  entry.push_back(sometimes("held", flag()));
  std::vector<Member> assignment = origin;
  assignment.push_back({"value", any()});
  assignment.push_back(sometimes("sent", text()));
  assignment.push_back({"state", text()});
  std::vector<Member> members = record_members(object(conflict_members()), whole_review_shape());
  members.push_back({"entries", list(object(std::move(entry)))});
  members.push_back(sometimes(
      "recorded_apart",
      list(object(
          {{"device", text()}, {"role", text()}, {"person", text()}, {"wall", integer()}}))));
  members.push_back({"history", map(list(object(std::move(assignment))))});
  members.push_back(sometimes("held_since", integer()));
  members.push_back(sometimes("comments", list(object({{"entry", text()},
                                                       {"text", text()},
                                                       {"person", text()},
                                                       sometimes("person_role", text()),
                                                       sometimes("known_by", text()),
                                                       {"device", text()},
                                                       {"role", text()},
                                                       {"wall", integer()},
                                                       {"stream", text()},
                                                       {"number", integer()},
                                                       sometimes("held", flag())}))));
  members.push_back(sometimes("comments_untold", integer()));
  members.push_back(sometimes("unusual", list(object({{"field", text()},
                                                      {"reason", text()},
                                                      {"text", text()},
                                                      {"args", list(text())},
                                                      sometimes("explanation", any())}))));
  members.push_back(sometimes("would_ask", list(station_shape())));
  members.push_back(sometimes("unit_names", map(text())));
  members.push_back(sometimes("unit_moved", flag()));
  return object(std::move(members));
}

void add_records(OperationTable& table, Engine* engine) {
  using namespace shape;
  std::vector<Member> listed = record_members(text(), object(review_members()));
  listed.push_back(sometimes("comments", integer()));
  listed.push_back(sometimes("comment_of_others", flag()));
  add_record_listing(table, engine, object(std::move(listed)));
  table.add({.name = "record.show",
             .help = N_("one record: its fields, conflicts, review and whole history"),
             .arguments = {record_argument()},
             .line = shown_record_shape(),
             .run = run_by(engine, show_one_record)});
  table.add({.name = "record.whole",
             .help = N_("one record as it is shown, in parts, however much it says"),
             .arguments = {record_argument()},
             .line = object({{"at", list(any())}, {"value", any()}}),
             .run = run_by(engine, tell_whole_record)});
  std::vector<Member> conflict{{"record", text()},
                               {"unit", text()},
                               {"form", text()},
                               {"campaign", text()},
                               {"seen", text()},
                               {"code", text()},
                               sometimes("unit_name", text()),
                               sometimes("unit_names", map(text()))};
  for (Member& member : conflict_members()) conflict.push_back(std::move(member));
  add_conflict_listing(table, engine, object(std::move(conflict)));
}

}  // namespace

void add_reading_operations(OperationTable& table, Engine* engine) {
  using namespace shape;
  add_records(table, engine);
  table.add({.name = "campaigns.list",
             .help = N_("what headquarters asks for: kinds, fields, deadlines"),
             .arguments = {argument::flag("withdrawn", N_("those that were withdrawn too"))},
             .line = campaign_shape(),
             .run = run_by(engine, list_all_campaigns)});
  const std::vector<Member> summary{{"entries", integer()},
                                    {"records", integer()},
                                    {"signatures", integer()},
                                    {"findings", integer()}};
  table.add(
      {.name = "verify",
       .right = Right::kMaintain,
       .help = N_("work out every hash, signature, merge and count again and compare; changes "
                  "nothing"),
       .line = object({sometimes("finding", text()), sometimes("where", text()),
                       sometimes("what", text()), sometimes("advice", text()),
                       sometimes("where_text", text()), sometimes("where_args", list(text())),
                       sometimes("entries", integer()), sometimes("records", integer()),
                       sometimes("signatures", integer()), sometimes("findings", integer())}),
       .answer = object(summary),
       .run = run_by(engine, verify_folder)});
}

void add_record_operations(OperationTable& table, Engine* engine) {
  add_recording_operations(table, engine);
  add_writing_operations(table, engine);
  add_commenting(table, engine);
  add_reading_operations(table, engine);
  add_report_operations(table, engine);
}

}  // namespace sitelog
