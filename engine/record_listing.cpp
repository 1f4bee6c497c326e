// Records listed: page by page, each page at a moment of its own, so that a caller who reads slowly
// holds up nobody. A record that changes meanwhile is told once, as it is when its page is read.
#include <algorithm>
#include <limits>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_names.hpp"
#include "engine/record_operations.hpp"
#include "engine/unusual_values.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kPageRecords = kPageLines;

// Whether a line says what its campaign would not take: nobody explained it, or it is none's.
bool is_odd(const json::object& line) {
  return line.contains("unexplained") || line.contains("outside") || line.contains("too_large");
}

// Whether headquarters has acknowledged all of it; what headquarters lists is with headquarters.
bool is_held(const json::object& line) {
  const json::value* held = line.if_contains("held");
  return held == nullptr || held->as_bool();
}

const json::object& object_in(const json::object& line, const char* name) {
  static const json::object none;
  const json::value* value = line.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::string text_in(const json::object& object, const std::string& name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Which of a form's fields is its day, and which its kind.
struct Meaning {
  std::string day, kind;
};
using Meanings = std::map<std::pair<std::string, std::string>, Meaning>;  // by campaign and form

// What is asked of a record that the store doesn't list by.
struct Wanted {
  bool unexplained = false;
  bool waiting = false;
  std::optional<Date> from, to;
  std::string kind;
  std::optional<Refusal> no_such_kind;  // told where no record has the kind
  std::string text;                     // in lower case
  Meanings meanings;

  bool anything() const {
    return unexplained || waiting || from || to || !kind.empty() || !text.empty();
  }
  bool fits(const json::object& line) const;

 private:
  bool fits_day(const std::string& day) const;
};

bool Wanted::fits_day(const std::string& day) const {
  if (!from && !to) return true;
  const auto date = parse_date(day);
  return date && (!from || *date >= *from) && (!to || *date <= *to);
}

bool holds(const json::value& value, const std::string& wanted) {
  if (value.is_string()) return lower(value.get_string()).find(wanted) != std::string::npos;
  if (!value.is_array()) return false;
  const json::array& items = value.get_array();
  return std::any_of(items.begin(), items.end(),
                     [&](const json::value& item) { return holds(item, wanted); });
}

bool Wanted::fits(const json::object& line) const {
  if (unexplained && !is_odd(line)) return false;
  if (waiting && is_held(line)) return false;
  const json::object& fields = object_in(line, "fields");
  const auto known = meanings.find({text_in(line, "campaign"), text_in(line, "form")});
  const Meaning meaning = known != meanings.end() ? known->second : Meaning{};
  if (!fits_day(text_in(fields, meaning.day))) return false;
  if (!kind.empty() && text_in(fields, meaning.kind) != kind) return false;
  return text.empty() || std::any_of(fields.begin(), fields.end(),
                                     [&](const auto& field) { return holds(field.value(), text); });
}

Meanings meanings_of(const std::vector<const Definition*>& campaigns) {
  Meanings out;
  for (const Definition* definition : campaigns) {
    for (const Form& form : definition->forms) {
      Meaning& meaning = out[{definition->id, form.key}];
      for (const Field& field : form.fields) {
        if (field.type == FieldType::kDate && meaning.day.empty()) meaning.day = field.name;
        if (field.vocabulary == kKindVocabulary && meaning.kind.empty()) meaning.kind = field.name;
      }
    }
  }
  return out;
}

// A day that was given; without a year the only such one within the campaigns.
Result<std::optional<Date>> read_day(const std::vector<const Definition*>& campaigns,
                                     const OperationCall& call, const char* name) {
  const auto day = call.args.date(name);
  if (!day || day->year != 0) return day;
  std::optional<Date> found;
  if (!campaigns.empty()) {
    Date from = campaigns.front()->from;
    Date to = campaigns.front()->to;
    for (const Definition* each : campaigns) {
      from = std::min(from, each->from);
      to = std::max(to, each->to);
    }
    found = day_within(*day, from, to);
  }
  if (found) return found;
  return Refusal{Reason::kInvalidValue,
                 N_("{}月{}日 is not one day of the campaigns: write it with its year"),
                 {std::to_string(day->month), std::to_string(day->day)}};
}

// What the arguments ask for, with the names in them resolved.
struct Asked {
  RecordFilter filter;
  Wanted wanted;
};

Result<Asked> read_asked(const CampaignCatalogue& catalogue, const OperationCall& call) {
  Asked out;
  const auto in_force = catalogue.campaigns();
  auto campaigns = in_force;
  const auto withdrawn = catalogue.withdrawn();
  campaigns.insert(campaigns.end(), withdrawn.begin(), withdrawn.end());
  if (call.args.has("campaign")) {
    auto campaign = find_campaign(in_force, call.args.text("campaign"));
    if (!campaign) campaign = find_campaign(campaigns, call.args.text("campaign"));
    if (!campaign) return campaign.refusal();
    out.filter.campaign = (*campaign)->id;
    campaigns = {*campaign};
  }
  const std::string& form = call.args.text("form");
  out.filter.form = form;
  if (!form.empty() && !is_system_form(form) && form != kFormRules) {
    const auto key = find_form(campaigns, form);
    if (!key) return key.refusal();
    out.filter.form = *key;
  }
  if (call.args.has("kind")) {
    // Records keep a kind that a newer version of their campaign left out.
    const std::string& given = call.args.text("kind");
    const auto kind = find_kind(campaigns, given);
    out.wanted.kind = kind ? *kind : given;
    if (!kind) out.wanted.no_such_kind = kind.refusal();
  }
  out.filter.review = call.args.text("review");
  out.filter.in_conflict = call.args.flag("conflicts");
  out.filter.changed = call.args.flag("changed");
  out.wanted.unexplained = call.args.flag("unexplained");
  for (const auto& [name, day] : {std::pair("from", &out.wanted.from), {"to", &out.wanted.to}}) {
    auto read = read_day(campaigns.size() > 1 ? in_force : campaigns, call, name);
    if (!read) return read.refusal();
    *day = *read;
  }
  out.wanted.text = lower(trimmed(call.args.text("text")));
  out.wanted.meanings = meanings_of(campaigns);
  return out;
}

Result<Asked> read_asked(Engine& engine, const OperationCall& call) {
  const auto units = units_asked(engine, call);
  if (!units) return units.refusal();
  auto asked = engine.with_catalogue(
      [&](const CampaignCatalogue& catalogue) { return read_asked(catalogue, call); });
  if (asked) asked->filter.units = *units;
  return asked;
}

// The next page of what the filter asks for, which is told from its end on afterwards; whether
// there may be more. Where there may, `if_more` is asked at the same moment.
bool read_page(Engine& engine, RecordFilter& filter, const std::optional<DeviceId>& held,
               std::vector<json::object>& page,
               const std::function<void(const Queries&)>& if_more = {}) {
  page.clear();
  filter.bytes_max = kPageBytes;
  const bool more = engine.read([&](const Queries& queries) {
    const bool ended_early = queries.list_records(
        filter, held, [&](json::object line) { page.push_back(std::move(line)); });
    if (ended_early && if_more) if_more(queries);
    return ended_early;
  });
  if (!page.empty()) filter.after = RecordId::parse(text_in(page.back(), "record"));
  return more;
}

// All of them with all they say, telephone numbers too: for the owner of the folder alone.
OperationAnswer export_records(Engine& engine, const OperationCall& call) {
  if (call.caller.known_by != KnownBy::kFolder) {
    return Refusal{Reason::kNotPermitted,
                   N_("records leave as files by the owner of the data folder only"),
                   {}};
  }
  auto asked = read_asked(engine, call);
  if (!asked) return asked.refusal();
  asked->filter.limit = kPageRecords;
  UnusualValues marks(engine);
  const SeenCodes codes(engine.identity().key);
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  int64_t count = 0;
  std::vector<json::object> page;
  for (bool more = true; more;) {
    more = read_page(engine, asked->filter, std::nullopt, page);
    for (json::object& line : page) {
      marks.mark(line);
      if (!asked->wanted.fits(line)) continue;
      ++count;
      line["unit_name"] = tree->name(BookCode(line.at("unit").as_string()));
      add_code(codes, line);
      call.io.line(line);
    }
  }
  if (count == 0 && asked->wanted.no_such_kind) return *asked->wanted.no_such_kind;
  return json::object{{"records", count}};
}

OperationAnswer list_all_records(Engine& engine, const OperationCall& call) {
  auto asked = read_asked(engine, call);
  if (!asked) return asked.refusal();
  asked->wanted.waiting = call.args.flag("waiting");
  RecordFilter& filter = asked->filter;
  if (call.args.has("after")) {
    const auto after = engine.read([&](const Queries& queries) {
      return find_record(engine, queries, call.caller, call.args.text("after"));
    });
    if (!after) return after.refusal();
    filter.after = after->record;
  }
  const RecordFilter whole = filter;
  const bool looks_inside = asked->wanted.anything();
  const int64_t limit = call.args.integer("limit").value_or(std::numeric_limits<int64_t>::max());
  int64_t told = 0;
  int64_t found = 0;
  std::optional<int64_t> all;  // where they were counted
  std::string last;            // records with one id are not parted
  UnusualValues marks(engine);
  const SeenCodes codes(engine.identity().key);
  const auto count = [&](const Queries& queries) { all = queries.count_records(whole); };
  std::vector<json::object> page;
  for (bool more = true; more && !all;) {
    const bool last_page = !looks_inside && limit - told <= kPageRecords;
    filter.limit = last_page ? std::max<int64_t>(limit - told, 0) : kPageRecords;
    more = last_page ? read_page(engine, filter, held_by(engine), page, count)
                     : read_page(engine, filter, held_by(engine), page);
    for (json::object& line : page) {
      marks.mark(line);
      if (!asked->wanted.fits(line)) continue;
      ++found;
      const std::string record = text_in(line, "record");
      if (told >= limit && record != last) continue;
      last = record;
      ++told;
      add_code(codes, line);
      call.io.line(line);
    }
  }
  if (found == 0 && !whole.after && asked->wanted.no_such_kind) return *asked->wanted.no_such_kind;
  return json::object{{"records", told}, {"of", std::max(told, all.value_or(found))}};
}

}  // namespace

namespace {

// What a list and an export can be narrowed by.
std::vector<Argument> narrowing(Argument form) {
  return {
      only_unit_argument(),
      std::move(form),
      argument::text("campaign", N_("only this campaign")),
      argument::choice("review", {"pending", "returned", "accepted", "refused"},
                       N_("only with this review")),
      argument::flag("changed", N_("only what was changed after its review")),
      argument::flag("conflicts", N_("only records in conflict")),
      argument::flag("unexplained", N_("only records with something unusual or missing that is not "
                                       "explained")),
      argument::date("from", N_("only of this day and later")),
      argument::date("to", N_("only of this day and earlier")),
      argument::text("kind", N_("only of this kind")),
      argument::text("text", N_("only where a field holds these words"))};
}

}  // namespace

void add_record_listing(OperationTable& table, Engine* engine, Shape line) {
  using namespace shape;
  table.add({.name = "records.export",
             .help = N_("the records with all they say, to be written to a file"),
             .audited = true,
             .arguments = narrowing(argument::text("form", N_("the form, by its key or name"))
                                        .between(1, limits::kNameBytesMax)
                                        .needed()),
             .line = line,
             .answer = object({{"records", integer()}}),
             .run = run_by(engine, export_records)});
  std::vector<Argument> listed = narrowing(argument::text("form", N_("only of this form")));
  listed.push_back(
      argument::flag("waiting", N_("only what headquarters has not acknowledged yet")));
  listed.push_back(
      argument::integer("limit", 0, std::numeric_limits<int32_t>::max(), N_("at most so many")));
  listed.push_back(argument::record("after", N_("only what follows this record: the last "
                                                "one of the page before")));
  table.add({.name = "records.list",
             .help = N_("the records, merged"),
             .arguments = std::move(listed),
             .line = std::move(line),
             .answer = object({{"records", integer()}, {"of", integer()}}),
             .run = run_by(engine, list_all_records)});
}

}  // namespace sitelog
