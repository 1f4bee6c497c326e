#include "engine/record_filter.hpp"

#include <algorithm>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "engine/chairs.hpp"
#include "engine/operation_parts.hpp"
#include "engine/station_asked.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/sought.hpp"
#include "sync/merge/text_pairs.hpp"

namespace sitelog {

namespace json = boost::json;

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

namespace {

// Of `state`, beside what campaigns say there: those that were declared void.
constexpr std::string_view kVoid = "void";
constexpr std::string_view kVoidZh = "作废";
constexpr const char* kNoDayBetween =
    N_("the last day asked for is before the first: no day lies between");
constexpr const char* kNobodyCalled = N_(
    "no record was made or changed last by anybody called “{}”: names are asked for as they were "
    "written");
constexpr size_t kDeviceDigitsMin = 4;
constexpr size_t kNameShown = 64;

// Whether a line says what its campaign would not take: nobody explained it, or it is none's.
bool is_odd(const json::object& line) {
  return line.contains("unexplained") || line.contains("outside") || line.contains("too_large");
}

// Whether headquarters has acknowledged all of it; what headquarters lists is with headquarters.
bool is_held(const json::object& line) {
  const json::value* held = line.if_contains("held");
  return held == nullptr || held->as_bool();
}

// The key of what is called so among what these campaigns choose from for the field that they count
// by; what is given itself, as records keep what a newer version of their campaign left out.
std::string read_word(const std::vector<const Definition*>& campaigns,
                      std::string ReportSettings::*counted_by, const std::string& given,
                      std::optional<Refusal>& unknown) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    const Form* form = each->form(each->report.form);
    const std::string& name = each->report.*counted_by;
    const Field* field = form != nullptr && !name.empty() ? form->field(name) : nullptr;
    const Vocabulary* all = field != nullptr ? each->vocabulary(field->vocabulary) : nullptr;
    if (all == nullptr) continue;
    for (const Choice& choice : *all) {
      names.push_back({choice.key, choice.label.zh, choice.label.en});
    }
  }
  const auto at = meant(given, names);
  if (at && *at) return std::string(names[**at].key);
  unknown = at ? not_among(names, Reason::kInvalidValue, N_("“{}” is not one of: {}"), given)
               : at.refusal();
  return given;
}

void read_words(const std::vector<const Definition*>& campaigns, const OperationCall& call,
                AskedRecords& out) {
  if (call.args.has("kind")) {
    // Records keep a kind that a newer version of their campaign left out.
    const std::string& given = call.args.text("kind");
    const auto kind = find_kind(campaigns, given);
    out.filter.kind = kind ? *kind : given;
    if (!kind) out.wanted.no_such_word = kind.refusal();
  }
  if (call.args.has("level")) {
    out.filter.level = read_word(campaigns, &ReportSettings::level, call.args.text("level"),
                                 out.wanted.no_such_word);
  }
  const std::string& state = call.args.text("state");
  if (state == kVoid || state == kVoidZh) {
    out.filter.voided = true;
  } else if (!state.empty()) {
    out.filter.status =
        read_word(campaigns, &ReportSettings::status, state, out.wanted.no_such_word);
  }
}

Result<> read_days(const std::vector<const Definition*>& campaigns, const OperationCall& call,
                   RecordFilter& filter, std::optional<Refusal>& nothing) {
  for (const auto& [name, number] : {std::pair("from", &filter.day_from), {"to", &filter.day_to}}) {
    const auto read = read_day(campaigns, call, name);
    if (!read) return read.refusal();
    if (*read) *number = day_number((*read)->year, (*read)->month, (*read)->day);
  }
  if (filter.day_from != 0 && filter.day_to != 0 && filter.day_to < filter.day_from) {
    filter.day_to = 1;  // no day: nothing lies between
    filter.day_from = 2;
    nothing = Refusal{Reason::kInvalidValue, kNoDayBetween, {}};
  }
  const auto since = read_day(campaigns, call, "changed_since");
  if (!since) return since.refusal();
  if (*since) filter.changed_since = std::max(1U, changed_seconds(begin_of(**since)));
  return Done{};
}

Result<AskedRecords> read_asked(const CampaignCatalogue& catalogue, const OperationCall& call,
                                const Chairs* chairs) {
  AskedRecords out;
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
  // What headquarters lays down, accounts and people are no forms that anybody could list.
  if (!form.empty()) {
    const auto key = find_form(campaigns, form);
    if (!key) return key.refusal();
    out.filter.form = *key;
  }
  read_words(campaigns, call, out);
  out.filter.review = call.args.text("review");
  out.filter.in_conflict = call.args.flag("conflicts");
  out.filter.changed = call.args.flag("changed");
  out.filter.person = call.args.text("by");
  out.filter.to_send = call.args.flag("to_send");
  if (call.args.has("station")) {
    auto station = read_station(catalogue, campaigns, call.args.text("station"), *chairs);
    if (!station) return station.refusal();
    out.filter.waits_for = std::move(station->role);
    out.filter.waits_at = std::move(station->at);
    if (station->empty) out.wanted.no_such_word = *std::move(station->empty);
  }
  const auto days = read_days(call.args.has("campaign") ? campaigns : in_force, call, out.filter,
                              out.wanted.no_such_word);
  if (!days) return days.refusal();
  out.wanted.unexplained = call.args.flag("unexplained");
  if (out.wanted.unexplained) {
    const Date now = today();
    out.filter.unusual_on = day_number(now.year, now.month, now.day);
  }
  out.filter.text = folded(trimmed(call.args.text("text")));
  return out;
}

bool names(const Within& within, const BookCode& unit) {
  return within.empty() || std::any_of(within.begin(), within.end(), [&](const RecordsOf& of) {
           return of.units.empty() ||
                  std::find(of.units.begin(), of.units.end(), unit) != of.units.end();
         });
}

// By its id, by the first digits of it or by the name of its grant in one of these units.
Result<std::vector<DeviceId>> read_device(Engine& engine, const Within& within,
                                          const std::string& given) {
  const auto whole = DeviceId::parse(lower(given));
  if (whole && within.empty()) return std::vector<DeviceId>{*whole};
  std::vector<DeviceId> out;
  engine.read([&](const Queries& queries) {
    for (const KnownGrant& grant : queries.grants(std::nullopt)) {
      const bool begins =
          given.size() >= kDeviceDigitsMin && grant.device.hex().starts_with(lower(given));
      // What is a device's whole id is no other's name.
      const bool meant = begins || (!whole && grant.name == given);
      if (meant && names(within, grant.unit)) out.push_back(grant.device);
    }
    return Done{};
  });
  if (!out.empty()) return out;
  return Refusal{
      Reason::kUnknownDevice, N_("there is no device {}"), {shortened(given, kNameShown)}};
}

// Told where nothing of what is asked for is that person's, nor anything else in this scope.
std::optional<Refusal> nobody_called(Engine& engine, const RecordFilter& asked) {
  RecordFilter theirs;
  theirs.person = asked.person;
  theirs.within = asked.within;
  theirs.limit = 1;
  const bool some = engine.read([&](const Queries& queries) {
    bool out = false;
    queries.list_records(theirs, std::nullopt, [&out](const json::object&) { out = true; });
    return out;
  });
  if (some) return std::nullopt;
  return Refusal{Reason::kInvalidValue, kNobodyCalled, {shortened(asked.person, kNameShown)}};
}

}  // namespace

bool Wanted::fits(const json::object& line) const {
  if (unexplained && !is_odd(line)) return false;
  return !waiting || !is_held(line);
}

bool asks_for_nothing(const Refusal& refusal) {
  return refusal.text == kNoDayBetween || refusal.text == kNobodyCalled;
}

Result<AskedRecords> read_asked_records(Engine& engine, const OperationCall& call) {
  const bool alone = call.args.flag("alone");
  if (alone && call.args.text("unit").empty()) {
    return Refusal{Reason::kUsage, N_("alone is said of a unit: which one?"), {}};
  }
  const auto within = records_asked(engine, call, alone);
  if (!within) return within.refusal();
  std::optional<Chairs> chairs;
  if (call.args.has("station")) chairs.emplace(call.caller, engine);
  auto asked = engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
    return read_asked(catalogue, call, chairs ? &*chairs : nullptr);
  });
  if (!asked) return asked;
  asked->filter.within = *within;
  if (!asked->filter.person.empty() && !asked->wanted.no_such_word) {
    asked->wanted.no_such_word = nobody_called(engine, asked->filter);
  }
  if (call.args.has("device")) {
    const auto devices = read_device(engine, *within, call.args.text("device"));
    if (!devices) return devices.refusal();
    asked->filter.devices = *devices;
  }
  return asked;
}

bool read_records(Engine& engine, RecordFilter& filter, const std::optional<DeviceId>& held_by,
                  std::vector<ListedRecord>& page, int64_t* all, ListEnd* end) {
  page.clear();
  filter.bytes_max = kPageBytes;
  ListEnd ended;
  const bool more = engine.read([&](const Queries& queries) {
    return queries.list_placed(
        filter, held_by,
        [&](const RecordPlace& at, json::object line) {
          page.push_back({at, std::move(line)});
        },
        all, &ended);
  });
  if (ended.looked_at) filter.after = *ended.looked_at;
  if (end != nullptr) *end = ended;
  return more;
}

std::vector<Argument> narrowing_arguments(Argument form) {
  return {
      only_unit_argument(),
      argument::flag("alone", N_("of the unit itself, without those below it")),
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
      argument::text("level", N_("only of this level")),
      argument::text("state", N_("only those said to be so: held, planned …; or void")),
      argument::text("by", N_("only what this person made or changed last")),
      argument::text("device", N_("only what was made or changed last on this device: its name, "
                                  "its id or the first digits of it")),
      argument::text("station",
                     N_("only what waits at a station: mine, a role, or ROLE@UNIT, each by "
                        "its key or its name")),
      argument::flag("to_send", N_("only what its unit is to send to stations: not sent yet, or "
                                   "changed since")),
      argument::date("changed_since", N_("only what was changed on this day or later, by the clock "
                                         "of who changed it")),
      argument::text("text", N_("only where a field holds these words"))};
}

std::vector<std::string> narrowing_names() {
  std::vector<std::string> out;
  for (const Argument& each : narrowing_arguments(argument::text("form", ""))) {
    out.push_back(each.name);
  }
  return out;
}

}  // namespace sitelog
