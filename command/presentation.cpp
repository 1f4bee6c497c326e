#include "command/presentation.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "engine/arguments.hpp"
#include "engine/names_in_record.hpp"
#include "engine/system.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The last digits of an id are random; the first are the time, which a batch shares.
constexpr size_t kShownIdDigits = 8;
constexpr size_t kCandidatesShownMax = 64;

// Words that come as data and are shown through tr(), named here so that they are collected.
[[maybe_unused]] constexpr const char* kWordsShown[] = {
    // what headquarters thinks of a record
    N_("pending"), N_("returned"), N_("accepted"), N_("refused"),
    // which candidate of a conflict is shown
    N_("policy latest"), N_("policy site"), N_("policy headquarters"), N_("policy ask"),
    N_("policy max"), N_("policy min"), N_("policy union"),
    // why an entry is in quarantine
    N_("malformed"), N_("too_large"), N_("not_permitted"), N_("no_grant"), N_("wrong_unit"),
    N_("unknown_form"), N_("unknown_field"), N_("invalid_value"), N_("broken_chain"),
    N_("bad_signature"), N_("gap"),
    // progress
    N_("saved"), N_("recorded before"), N_("not saved"), N_("sent"), N_("received"), N_("done"),
    N_("pages"), N_("step"), N_("judgements"), N_("tallies"),
    // what the background agent tells
    N_("started"), N_("offline"), N_("caught_up"),
    // what a verification finds fault with
    N_("file"), N_("entry"), N_("chain"), N_("head"), N_("record"), N_("conflict"),
    N_("quarantine"), N_("tally"), N_("digest"), N_("count"), N_("device"), N_("held"),
    N_("receipt"), N_("peer"), N_("invitation"), N_("setting"),
    // records of the system's own
    N_("grant"), N_("policy"), N_("unit"), N_("campaign"), N_("clock"),
    // what the system and the other end say about a connection, a file or a disk
    N_("Connection refused"), N_("Connection timed out"), N_("Connection reset by peer"),
    N_("No route to host"), N_("Network is unreachable"), N_("Broken pipe"),
    N_("Host not found (authoritative)"), N_("Host not found (non-authoritative), try again later"),
    N_("Temporary failure in name resolution"), N_("Name or service not known"),
    N_("Address already in use"), N_("Cannot assign requested address"), N_("Permission denied"),
    N_("No space left on device"), N_("Read-only file system"), N_("Input/output error"),
    N_("closed by the other end"), N_("no answer in time"), N_("stopped"),
    N_("headquarters is stopping"), N_("headquarters ended the connection"),
    N_("replaced by a newer connection"),
    // what stands after a command in its help
    N_("invitation"), N_("form"), N_("fields"), N_("field"), N_("folder"), N_("policy"),
    N_("backup"), N_("target"), N_("unit"), N_("campaign"), N_("number")};

std::string last_digits(const std::string& id) {
  return id.substr(id.size() - std::min(id.size(), kShownIdDigits));
}

std::string short_id(const json::object& line, const char* name) {
  return last_digits(text_in(line, name));
}

// The word that commands take: which record, and what is shown of it here.
std::string seen_word(const json::object& line) {
  return short_id(line, "record") + "@" + text_in(line, "code");
}

std::string when(const json::object& line) {
  return local_time(number_in(line, "wall").value_or(0));
}

// A person's name as part of a line. One that looks as if it named a device as well stands in
// quotation marks.
std::string shown_person(const std::string& name) {
  std::string out = on_one_line(name);
  if (out.find('(') == out.npos && out.find("（") == out.npos) return out;
  for (const std::string_view mark : {"“", "”", "「", "」", "\""}) {
    for (size_t at = out.find(mark); at != out.npos; at = out.find(mark, at)) {
      out.replace(at, mark.size(), "'");
    }
  }
  return fill(tr("“{}”"), {out});
}

// How whoever wrote was known where they did. Of what a device says of that only a PIN is worth a
// word, and that the device says it.
const char* how_known(const std::string& known_by, bool headquarters) {
  if (!headquarters) return known_by == "pin" ? N_("by PIN, as the device says") : nullptr;
  if (known_by == "password") return N_("signed in");
  return known_by == "token" ? N_("by a program's token") : nullptr;
}

std::string who(const json::object& line, const FormLabels& labels) {
  const std::string person = shown_person(text_in(line, "person"));
  const bool headquarters = text_in(line, "role") == "headquarters";
  std::vector<std::string> of{headquarters ? std::string(tr("headquarters"))
                                           : text_in(line, "device").substr(0, 8)};
  if (headquarters && line.contains("person_role")) {
    of.push_back(on_one_line(labels.roles(text_in(line, "person_role"))));
  }
  if (const char* how = how_known(text_in(line, "known_by"), headquarters))
    of.emplace_back(tr(how));
  return fill(tr("{} ({})"),
              {person.empty() ? std::string(tr("the device")) : person, join(of, tr(", "))});
}

}  // namespace

std::string review_text(const json::object& review) {
  if (flag_in(review, "unsent")) return tr(kNotSentYet);
  const std::string state = text_in(review, "state");
  const std::string words = tr(state.empty() ? N_("pending") : state.c_str());
  return flag_in(review, "changed_since") ? fill(tr(kChangedSince), {words}) : words;
}

std::string review_text(const json::object& review, const FormLabels& labels) {
  const json::object& waiting = object_in(review, "waiting");
  std::string out = review_text(review);
  if (!waiting.empty()) out += fill(tr(", waits at {}"), {labels.station(waiting)});
  return out;
}

std::string explaining_command(const std::string& program, const json::object& saved) {
  std::string fields;
  std::set<std::string> named;  // what is unusual in two ways is explained once
  for (const auto& item : array_in(saved, "warnings")) {
    const std::string field = text_in(item.as_object(), "field");
    if (!field.empty() && named.insert(field).second) fields += " --explain " + field + "=…";
  }
  if (fields.empty()) return {};
  const std::string code = text_in(saved, "code");
  return program + " edit " + text_in(saved, "record") + (code.empty() ? "" : "@" + code) + fields;
}

std::string withdrawn_text(const json::object& campaign) {
  if (!flag_in(campaign, "withdrawn")) return {};
  const std::string why = text_in(campaign, "reason");
  return "  " + (why.empty() ? std::string(tr("(withdrawn)"))
                             : fill(tr("(withdrawn: {})"), {on_one_line(why)}));
}

std::string first_of(const std::vector<std::string>& records) {
  constexpr size_t kNamedMax = 5;
  std::vector<std::string> named;
  for (const std::string& record : records) {
    if (named.size() < kNamedMax) named.push_back(last_digits(record));
  }
  if (records.size() > kNamedMax) named.emplace_back("…");
  return joined(named);
}

std::string returned_text(const std::vector<std::string>& records) {
  return fill(tr("{} returned for correction: {} (sitelog list --review returned)"),
              {std::to_string(records.size()), first_of(records)});
}

std::string policy_text(const std::string& policy) {
  return tr(("policy " + policy).c_str());
}

namespace {

// The labels of fields that a member of a record's line lists.
std::vector<std::string> fields_in(const json::object& record, const char* member,
                                   const FormLabels& labels) {
  std::vector<std::string> out;
  for (const auto& field : array_in(record, member)) {
    out.push_back(labels.field(std::string(field.as_string())));
  }
  return out;
}

// Message ids; null where there is nothing to say.
const char* outside_text(const json::object& record) {
  if (record.contains("withdrawn")) return N_("its campaign is withdrawn");
  const std::string what = text_in(record, "outside");
  if (what == "campaign") return N_("of no campaign that is published");
  return what == "form" ? N_("of a form that its campaign does not have") : nullptr;
}

const char* too_large_text(const json::object& record) {
  return record.contains("too_large") ? N_("too large to be listed: look at it with “show”")
                                      : nullptr;
}

}  // namespace

namespace {

// Units by name, with the code where others among these lines have that name too.
class UnitColumn {
 public:
  explicit UnitColumn(const std::vector<json::object>& records) {
    for (const json::object& record : records)
      codes_[unit_of(record)].insert(text_in(record, "unit"));
  }
  std::string of(const json::object& record) const {
    const std::string name = unit_of(record);
    return codes_.at(name).size() > 1 ? named(name, text_in(record, "unit")) : name;
  }

 private:
  std::map<std::string, std::set<std::string>> codes_;
};

std::vector<Cell> record_row(const json::object& record, const FormLabels& labels,
                             const std::vector<std::string>& columns, const UnitColumn* units) {
  std::vector<Cell> row{seen_word(record)};
  if (units != nullptr) row.push_back(units->of(record));
  const json::object& fields = object_in(record, "fields");
  for (const auto& column : columns) {
    const auto* value = fields.if_contains(column);
    if (value == nullptr) {
      row.push_back(std::string());
    } else if (value->is_int64()) {
      row.push_back(value->get_int64());
    } else {
      row.push_back(labels.value(column, *value));
    }
  }
  row.push_back(review_text(object_in(record, "review"), labels));
  std::vector<std::string> remarks;
  if (record.contains("void")) remarks.emplace_back(tr("voided"));
  const auto conflicts = fields_in(record, "conflicts", labels);
  if (!conflicts.empty()) {
    remarks.push_back(fill(tr("conflict: {}"), {joined(conflicts)}));
  }
  if (const auto missing = fields_in(record, "unexplained", labels); !missing.empty()) {
    remarks.push_back(fill(tr("unexplained: {}"), {joined(missing)}));
  }
  for (const char* text : {outside_text(record), too_large_text(record)}) {
    if (text != nullptr) remarks.emplace_back(tr(text));
  }
  if (record.contains("parallel")) remarks.emplace_back(tr("parallel changes"));
  if (const auto comments = number_in(record, "comments")) {
    remarks.push_back(fill(record.contains("comment_of_others")
                               ? tr("comments: {}, the last from the other side")
                               : tr("comments: {}"),
                           {std::to_string(*comments)}));
  }
  if (const auto* held = record.if_contains("held")) {
    remarks.emplace_back(tr(held->as_bool() ? N_("held by headquarters") : N_("not synced yet")));
  }
  row.push_back(joined(remarks));
  return row;
}

}  // namespace

std::vector<Table> records_tables(const std::vector<json::object>& records, const Labels& labels,
                                  bool with_unit) {
  std::vector<Table> out;
  std::map<const FormLabels*, size_t> places;
  const UnitColumn units(records);
  for (const json::object& record : records) {
    const FormLabels& form = labels.of(record);
    const auto [place, fresh] = places.emplace(&form, out.size());
    if (fresh) {
      std::vector<Heading> header{{tr("record")}};
      if (with_unit) header.push_back({tr("unit")});
      for (const auto& column : labels.listed(form)) header.push_back({form.field(column)});
      header.push_back({tr("review")});
      header.push_back({tr("remarks")});
      out.push_back({.title = labels.title(form),
                     .above = {},
                     .header = {std::move(header)},
                     .rows = {},
                     .total_rows = 0,
                     .below = {}});
    }
    out[place->second].rows.push_back(
        record_row(record, form, labels.listed(form), with_unit ? &units : nullptr));
  }
  if (out.size() == 1) out.front().title.clear();
  return out;
}

namespace {

// How what headquarters said in two ways of the system's own is decided; null for other records,
// which `decide` takes.
const char* decided_by(const std::string& form) {
  if (form == kFormGrant) {
    return N_(
        "headquarters decides this by saying it again: sitelogd devices revoke, reinstate or "
        "admit");
  }
  if (form == kFormPolicy) {
    return N_("headquarters decides this by saying it again: sitelogd policy set or clear");
  }
  if (form == kFormUnit) {
    return N_("headquarters decides this by saying it again: sitelogd units change");
  }
  if (form == kFormCampaign) {
    return N_("headquarters decides this by publishing again: sitelogd campaign publish");
  }
  return !is_of_campaigns(form) ? N_("nothing is to be decided here by people") : nullptr;
}

std::string conflict_text(const json::object& conflict, const FormLabels& labels) {
  const std::string field = text_in(conflict, "field");
  const auto* shown = conflict.if_contains("shown");
  std::string out = fill(tr("{} ({}): shown {}, by {}"),
                         {labels.field(field), field,
                          shown != nullptr && !shown->is_null() ? labels.value(field, *shown)
                                                                : std::string(tr("(undecided)")),
                          policy_text(text_in(conflict, "policy"))});
  const char* decided = decided_by(text_in(conflict, "form"));
  if (conflict.contains("record")) {
    // Where `decide` doesn't take it, no word for it is printed.
    out = decided != nullptr ? fill(tr("{} ({}), {}"),
                                    {tr(text_in(conflict, "form").c_str()), unit_of(conflict), out})
                             : fill(tr("record {}, {}"), {seen_word(conflict), out});
  }
  if (const char* text = too_large_text(conflict)) out = fill(tr("{}; {}"), {out, tr(text)});
  out += "\n";
  const json::array& candidates = array_in(conflict, "candidates");
  for (size_t i = 0; i < std::min(candidates.size(), kCandidatesShownMax); ++i) {
    const json::object& candidate = candidates[i].as_object();
    std::string at = when(candidate);
    if (const auto corrected = number_in(candidate, "corrected_wall")) {
      at = fill(tr("{} (clock corrected: {})"), {at, local_time(*corrected)});
    }
    out += "  " + text_in(candidate, "entry").substr(0, kShownIdDigits) + "  " +
           fill(tr("{}  — {}, {}"),
                {labels.value(field, candidate.at("value")), who(candidate, labels), at}) +
           "\n";
  }
  if (decided != nullptr) out += "  " + std::string(tr(decided)) + "\n";
  if (candidates.size() > kCandidatesShownMax) {
    out += "  " +
           fill(tr("… and {} more candidates (all of them with --json)"),
                {std::to_string(candidates.size() - kCandidatesShownMax)}) +
           "\n";
  }
  return out;
}

}  // namespace

std::string conflict_text(const json::object& conflict, const Labels& all) {
  FormLabels labels = all.of(conflict);
  labels.learn_units(conflict);
  return conflict_text(conflict, labels);
}

namespace {

// The campaign that this member of a record's line names.
std::string campaign_text(const json::object& record, const char* member, const Labels& all) {
  const std::string campaign = text_in(record, member);
  return named(all.campaign(all.of({{"campaign", campaign}, {"form", text_in(record, "form")}})),
               campaign);
}

// What each station says of what was sent, and what is another since.
std::string stations_text(const json::object& record, const Labels& all) {
  const FormLabels& labels = all.of(record);
  const json::object& review = object_in(record, "review");
  std::string out;
  for (const auto& item : array_in(review, "stations")) {
    const json::object& station = item.as_object();
    std::string said = tr("has not spoken");
    if (station.contains("verdict")) {
      said = labels.verdict(station);
      if (station.contains("person")) {
        said = fill(tr("{} ({}, {})"),
                    {said, shown_person(text_in(station, "person")), when(station)});
      }
    } else if (station.contains("by")) {
      said = fill(tr("nobody sits there: settled by {} as well"),
                  {labels.station(object_in(station, "by"))});
    }
    out += "  " + labelled(labels.station(station), said) + "\n";
    if (const json::object& earlier = object_in(station, "earlier"); !earlier.empty()) {
      out +=
          "    " +
          fill(tr("said of what was sent before ({}, {}): {}"),
               {shown_person(text_in(earlier, "person")), when(earlier), labels.verdict(earlier)}) +
          "\n";
    }
  }
  std::vector<std::string> would_ask;
  for (const auto& item : array_in(record, "would_ask")) {
    would_ask.push_back(labels.station(item.as_object()));
  }
  if (!would_ask.empty()) {
    out += "  " +
           fill(review.contains("sent") ? tr("sent today it would ask: {}")
                                        : tr("not sent yet; it is for: {}"),
                {joined(would_ask)}) +
           "\n";
  }
  if (record.contains("unit_moved")) {
    out += "  " +
           std::string(tr("its unit was moved away from where it waits: nobody there is told of it "
                          "any more. Sent again it goes to those above the unit now; until then "
                          "headquarters may act for that chair")) +
           "\n";
  }
  const json::object& as_sent = object_in(record, "as_sent");
  if (!as_sent.empty())
    out += std::string("  ") + tr("changed since it was sent, when it was:") + "\n";
  for (const auto& [name, value] : as_sent) {
    // It stands in the campaign under which it was sent.
    const std::string said = name == kFieldCampaign ? campaign_text(record, "campaign", all)
                                                    : labels.value(std::string(name), value);
    out += "    " + labelled(labels.field(std::string(name)), said) + "\n";
  }
  if (record.contains("campaign_now")) {
    out += "  " +
           fill(tr("its campaign is {} now: that counts once it is sent again"),
                {campaign_text(record, "campaign_now", all)}) +
           "\n";
  }
  return out;
}

// What headquarters remarked on the record as a whole.
std::string remarks_text(const json::object& review, const FormLabels& labels) {
  std::string out;
  if (review.contains("remark")) {
    out += "  " + labelled(tr("headquarters' remark"), text_in(review, "remark")) + "\n";
  }
  for (const auto& [name, remark] : object_in(review, "fields")) {
    out += "  " + labelled(labels.field(std::string(name)), std::string(remark.as_string())) + "\n";
  }
  if (review.contains("due")) {
    out += "  " + fill(tr("to be corrected by {}"), {text_in(review, "due")}) + "\n";
  }
  return out;
}

// What was set, with what stands between a field and its value.
std::string set_text(const std::string& field, const json::value& value, const char* between,
                     const FormLabels& labels) {
  if (field == kFieldVoid && value.is_null()) return tr("voiding taken back");
  return fill(between, {labels.field(field), labels.value(field, value)});
}

}  // namespace

std::vector<std::string> fields_text(const json::object& fields, const FormLabels& labels) {
  std::vector<std::string> out;
  for (const auto& [name, value] : fields) {
    out.push_back(set_text(std::string(name), value, tr("{}: {}"), labels));
  }
  return out;
}

DetailedRefusal in_words(DetailedRefusal refusal, const FormLabels& labels) {
  if (refusal.text == kMissingOrWrong) return refusal;  // arguments, and no fields
  std::vector<std::string> names, called;
  for (FieldProblem& problem : refusal.problems) {
    names.push_back(problem.field);
    called.push_back(labels.field(problem.field));
    problem.field = called.back();
    // What is told in words already has no values.
    if (problem.refusal.reason != Reason::kChanged || tells_by_itself(names.back())) continue;
    for (size_t i = 0; i < 2 && i < problem.refusal.args.size(); ++i) {
      std::string& value = problem.refusal.args[i];
      boost::system::error_code error;
      const json::value parsed = json::parse(value, error);
      if (!error) value = labels.value(names.back(), parsed);
    }
  }
  if (refusal.args == std::vector{join(names, ", ")}) refusal.args = {join(called, ", ")};
  return refusal;
}

namespace {

// Why, of each field, as it was told when that was recorded; an explanation stands with the fields.
std::string unusual_text(const json::object& record, const FormLabels& labels) {
  const json::array& found = array_in(record, "unusual");
  if (found.empty()) return {};
  std::string out = std::string("\n") + tr("unusual:") + "\n";
  for (const auto& item : found) {
    const json::object& each = item.as_object();
    const std::string why = message_of(refusal_from(each));
    out += "  " +
           labelled(
               labels.field(text_in(each, "field")),
               fill(each.contains("explanation") ? tr("{} (explained)") : tr("{} (not explained)"),
                    {why})) +
           "\n";
  }
  return out;
}

std::string comments_text(const json::object& record, const FormLabels& labels) {
  const json::array& comments = array_in(record, "comments");
  if (comments.empty()) return {};
  std::string out = std::string("\n") + tr("comments:") + "\n";
  if (const auto untold = number_in(record, "comments_untold")) {
    out += "  " + fill(tr("({} earlier ones are not shown)"), {std::to_string(*untold)}) + "\n";
  }
  for (const auto& item : comments) {
    const json::object& comment = item.as_object();
    out += "  " + labelled(when(comment) + "  " + who(comment, labels), text_in(comment, "text")) +
           "\n";
  }
  return out;
}

}  // namespace

std::string record_text(const json::object& record, const Labels& all) {
  FormLabels labels = all.of(record);
  labels.learn_units(record);
  std::string out =
      fill(tr("record {}"), {text_in(record, "record") + "@" + text_in(record, "code")}) + "\n" +
      fill(tr("unit {}, campaign {}"),
           {named(text_in(record, "unit_name"), text_in(record, "unit")),
            campaign_text(record, "campaign", all)}) +
      "\n\n";
  for (const auto& [name, value] : object_in(record, "fields")) {
    out += "  " +
           labelled(labels.field(std::string(name)), labels.value(std::string(name), value)) + "\n";
  }
  for (const auto& [name, value] : object_in(record, "explanations")) {
    out += "  " +
           labelled(fill(tr("explanation of {}"), {labels.field(std::string(name))}),
                    labels.value(std::string(name), value)) +
           "\n";
  }
  out += unusual_text(record, labels);
  if (const char* text = outside_text(record)) out += "\n" + std::string(tr(text)) + "\n";
  if (const auto bytes = number_in(record, "too_large")) {
    out += "\n" +
           fill(tr("This record says more than can be shown ({} bytes): long texts and lists are "
                   "cut here. --output FILE.txt writes all of it."),
                {std::to_string(*bytes)}) +
           "\n";
  }
  if (const auto* reason = record.if_contains("void")) {
    out += "\n" + labelled(tr("voided"), labels.value("_void", *reason)) + "\n";
  }
  const json::object& review = object_in(record, "review");
  out += "\n" + labelled(tr("review"), review_text(review, labels)) + "\n";
  out += stations_text(record, all);
  // Of what was sent, each station's stands with it.
  if (array_in(review, "stations").empty()) out += remarks_text(review, labels);
  if (const auto* held = record.if_contains("held")) {
    out += (held->as_bool() ? fill(tr("held by headquarters since {}"),
                                   {local_time(number_in(record, "held_since").value_or(0))})
                            : std::string(tr("not synced yet: on this device alone"))) +
           "\n";
  }
  out += comments_text(record, labels);
  const json::array& conflicts = array_in(record, "conflicts");
  if (!conflicts.empty()) out += std::string("\n") + tr("conflicts:") + "\n";
  for (const auto& conflict : conflicts) out += conflict_text(conflict.as_object(), labels);
  if (const auto parallel = number_in(record, "parallel")) {
    out += std::string("\n") +
           fill(tr("{} changes were made without knowing of each other (different fields, nothing "
                   "to decide)"),
                {std::to_string(*parallel)}) +
           "\n";
  }
  std::vector<std::string> apart;
  for (const auto& item : array_in(record, "recorded_apart"))
    apart.push_back(who(item.as_object(), labels));
  if (!apart.empty()) {
    out += std::string("\n") +
           fill(tr("recorded separately by {}: none of them had seen the others' record, and which "
                   "was first can't be proved by their clocks"),
                {joined(apart)}) +
           "\n";
  }
  out += std::string("\n") + tr("history:") + "\n";
  for (const auto& item : array_in(record, "entries")) {
    const json::object& entry = item.as_object();
    out += "  " + when(entry) + "  " + who(entry, labels);
    if (entry.contains("quarantined")) {
      out += "  " + fill(tr("[in quarantine: {}]"), {tr(text_in(entry, "quarantined").c_str())});
    }
    if (const auto* held = entry.if_contains("held")) {
      if (!held->as_bool()) out += std::string("  ") + tr("[not synced yet]");
    }
    out += "\n";
    for (const auto& [name, assigned] : object_in(entry, "fields")) {
      out += "      " + set_text(std::string(name), assigned.at("value"), "{} = {}", labels) + "\n";
    }
  }
  return out;
}

std::string quarantine_text(const json::object& line, const Labels& labels) {
  const std::string number = std::to_string(number_in(line, "number").value_or(0));
  const std::string why = message_of(refusal_from(line));
  const std::string record = short_id(line, "record");
  if (record.empty()) {
    return fill(tr("{}, entry {}: {}"), {text_in(line, "stream"), number, why});
  }
  return fill(tr("record {} ({}): {} — {}, entry {}"),
              {record, labels.form(text_in(line, "form")), why, text_in(line, "stream"), number});
}

std::string rules_text(const json::object& status) {
  const json::object& rules = object_in(status, "rules");
  if (rules.empty()) return {};
  const std::string install = text_in(rules, "install");
  return fill(
      tr("merged by rules {}, as this program doesn't know rules {}, which hold: nothing is "
         "lost; install the Sitelog that headquarters uses{}, or a newer one"),
      {std::to_string(number_in(rules, "judged_by").value_or(1)),
       std::to_string(number_in(rules, "hold").value_or(1)),
       install.empty() ? std::string() : fill(tr(" ({})"), {install})});
}

}  // namespace sitelog
