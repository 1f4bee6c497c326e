#include "tests/simulation/reference.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <span>

#include "sync/merge/forms.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/reference_rules.hpp"

namespace sitelog::simulation {

namespace {

namespace json = boost::json;
using namespace reference;

// Two sheets are compared: what must be shown, and what is.
using Sheet = std::map<std::string, std::string>;  // where, what

json::value to_json_value(const Value& value) {
  if (value.text() != nullptr) return json::value(*value.text());
  if (value.integer() != nullptr) return json::value(*value.integer());
  if (value.flag() != nullptr) return json::value(*value.flag());
  if (value.list() != nullptr) return json::value_from(*value.list());
  if (value.structure() == nullptr) return nullptr;
  json::object out;
  for (const auto& [name, member] : *value.structure()) out[name] = to_json_value(member);
  return out;
}

// A line for each member, and for each item that has members.
void lay_out(Sheet& sheet, const std::string& where, const json::value& value) {
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& [name, member] : *object) {
      lay_out(sheet, where + "/" + std::string(name), member);
    }
  } else if (const auto* list = value.if_array();
             list != nullptr && !list->empty() && list->front().is_object()) {
    for (size_t i = 0; i < list->size(); ++i) {
      lay_out(sheet, where + "/" + std::to_string(i), (*list)[i]);
    }
  } else {
    sheet[where] = json::serialize(value);
  }
}

std::string joined(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += name + " ";
  return out;
}

std::string names_of(const Entries& entries) {
  std::vector<std::string> out;
  for (const Held* held : entries) out.push_back(held->name.hex());
  return joined(out);
}

std::string names_of(std::span<const EntryName> names) {
  std::vector<std::string> out;
  for (const EntryName& name : names) out.push_back(name.hex());
  return joined(out);
}

json::object stamp(const Held& held) {
  const HybridTime& hybrid = held.entry->hybrid;
  return {{"device", held.stream.device.hex()},
          {"person", held.entry->person.name},
          {"wall", held.entry->clock.wall.ms},
          {"hybrid", json::array{hybrid.wall_ms, hybrid.counter}}};
}

json::object candidate(const Merged& merged, const Held& held, const std::string& field) {
  json::object out = {{"value", to_json_value(held.sets(field)->value)},
                      {"device", held.stream.device.hex()},
                      {"person", held.entry->person.name},
                      {"wall", held.entry->clock.wall.ms},
                      {"stream", to_text(merged.book.code, held.stream)},
                      {"number", held.number},
                      {"role", merged.by_headquarters(held) ? "headquarters" : "site"},
                      {"entry", held.name.hex()}};
  const Instant when = merged.settings.when(held, merged.form);
  if (when != held.entry->clock.wall) out["corrected_wall"] = when.ms;
  return out;
}

// Nothing while pending, where nothing was sent.
std::optional<json::object> review_of(const Merged& merged) {
  const Answer answer = answer_of(merged);
  if (answer.verdict == "pending" && !merged.sending) return std::nullopt;
  json::object out = {{"state", answer.verdict}};
  if (answer.changed) out["changed_since"] = true;
  if (answer.station) {
    out[answer.verdict == "pending" ? "waiting" : "by"] = {{"role", answer.station->first},
                                                           {"unit", answer.station->second}};
  }
  if (!answer.remark.empty()) out["remark"] = answer.remark;
  if (!answer.due.empty()) out["due"] = answer.due;
  if (!answer.remarks.empty()) out["fields"] = json::value_from(answer.remarks);
  return out;
}

void lay_out_record(Sheet& sheet, const std::string& where, const Merged& merged) {
  const Held& created = merged.created();
  const Held& changed = merged.changed();
  const Entries tips = merged.tips();
  sheet[where + " rests on/created"] = created.name.hex();
  sheet[where + " rests on/changed"] = changed.name.hex();
  sheet[where + " rests on/tips"] = names_of(tips);
  sheet[where + " rests on/whole"] = merged.whole() ? "true" : "false";
  for (const auto& [field, makers] : merged.heads) {
    sheet[where + " rests on/" + field] = names_of(makers);
  }

  json::object document = {
      {"created", stamp(created)}, {"changed", stamp(changed)}, {"fields", json::object()}};
  const auto campaign = campaign_of(merged);
  const bool at_top = campaign && campaign->text() != nullptr;
  if (at_top) document["campaign"] = *campaign->text();
  for (const auto& [field, value] : merged.shown) {
    if (at_top && field == kFieldCampaign && value == *campaign) continue;
    const char* part = is_reserved_field(field) ? "reserved" : "fields";
    if (!document.contains(part)) document[part] = json::object();
    document[part].as_object()[field] = to_json_value(value);
  }
  json::array conflicts;
  for (const auto& [field, policy] : merged.conflicts) {
    conflicts.emplace_back(field);
    json::array candidates;
    for (const Held* head : merged.heads.at(field)) {
      candidates.push_back(candidate(merged, *head, field));
    }
    const auto shown = merged.shown.find(field);
    lay_out(sheet, where + " conflict/" + field,
            json::object{{"field", field},
                         {"policy", policy},
                         {"shown", shown != merged.shown.end() ? to_json_value(shown->second)
                                                               : json::value()},
                         {"candidates", candidates}});
  }
  if (!conflicts.empty()) document["conflicts"] = conflicts;
  const bool beside = std::ranges::any_of(tips, [&](const Held* tip) {
    return std::ranges::any_of(tip->entry->assignments, [&](const Assignment& made) {
      const auto& heads = merged.heads.at(made.field);
      return !merged.conflicts.contains(made.field) && std::ranges::count(heads, tip) > 0;
    });
  });
  if (tips.size() > 1 && beside) document["parallel"] = tips.size();
  if (const auto review = review_of(merged)) document["review"] = *review;
  if (merged.sending) {
    json::object as_sent;
    for (const auto& [field, value] : merged.as_sent) as_sent[field] = to_json_value(value);
    document["as_sent"] = as_sent;
  }
  lay_out(sheet, where, document);
}

// As SmallCatalogue says (tests/support/test_device.hpp).
void count(std::map<std::string, int64_t>& tallies, const Merged& merged) {
  const auto of = campaign_of(merged);
  const std::string campaign = of && of->text() != nullptr ? *of->text() : "";
  const Fields fields = counted(merged);
  const std::string kind = text_in(fields, "kind");
  const auto known = merged.settings.campaigns.find(campaign);
  const auto void_field = merged.shown.find(std::string(kFieldVoid));
  if (merged.form != "event" || known == merged.settings.campaigns.end()) return;
  if (void_field != merged.shown.end() && !void_field->second.is_cleared()) return;
  const std::string counts = text_in(known->second, "counts");
  if (counts != "*" && counts != kind) return;
  const std::string where = "tally " + campaign + "/" + answer_of(merged).verdict + "/" +
                            json::serialize(json::array{kind, text_in(fields, "level")}) + "/";
  tallies[where + "events"] += 1;
  for (const char* field : {"sessions", "participants"}) {
    tallies[where + field] += integer_in(fields, field);
  }
}

std::string where_of(const std::string& form, const RecordId& record) {
  return form + " " + record.hex();
}

Sheet must_show(TestDevice& device, const BookCode& code) {
  Book root = read_book(device, BookCode(kRootBook)), book = read_book(device, code);
  const auto campaigns = lay_down(root).campaigns;
  book.rules = std::min(rules_that_hold(root), static_cast<int64_t>(device.knows->newest()));
  Settings settings = lay_down(book);
  settings.campaigns = campaigns;

  Sheet sheet;
  std::map<std::string, int64_t> tallies;
  int64_t of_campaigns = 0;
  for (const auto& [key, all] : book.records([](const Held&) { return true; })) {
    const std::string where = where_of(key.first, key.second);
    sheet[where + " entries"] = std::to_string(all.size());
    Entries that_count;
    std::ranges::copy_if(all, std::back_inserter(that_count),
                         [](const Held* held) { return held->why_not.empty(); });
    if (that_count.empty()) continue;
    if (is_of_campaigns(key.first)) ++of_campaigns;
    const Merged merged(book, settings, key.first, that_count);
    lay_out_record(sheet, where, merged);
    count(tallies, merged);
  }
  for (const auto& [where, total] : tallies) {
    if (total != 0) sheet[where] = std::to_string(total);
  }
  for (const Held& held : book.entries) {
    if (!held.why_not.empty()) sheet["quarantine " + held.name.hex()] = held.why_not;
  }
  sheet["entries"] = std::to_string(book.entries.size());
  sheet["records"] = std::to_string(of_campaigns);
  return sheet;
}

Sheet shows(TestDevice& device, const BookCode& code) {
  Sheet sheet{{"entries", "0"}, {"records", "0"}};
  Database& file = device.store().database();
  Statement records(
      file,
      "SELECT form, record, document(first_entry, state), (SELECT count(*) FROM entries AS e"
      " WHERE e.record_id = r.record_id) FROM records AS r JOIN books USING (book_id)"
      " WHERE code = ?1");
  records.with(code);
  while (records.step()) {
    const std::string form = records.text(0);
    const RecordId record = records.fixed<RecordId>(1);
    const std::string where = where_of(form, record);
    sheet[where + " entries"] = std::to_string(records.number(3));
    if (records.is_null(2)) continue;
    lay_out(sheet, where, json::parse(records.text(2)));
    const auto state = device.store().state(code, record, form);
    if (!state) throw Broken(where + " has a document and no state");
    sheet[where + " rests on/created"] = state->created.entry.hex();
    sheet[where + " rests on/changed"] = state->changed.entry.hex();
    sheet[where + " rests on/tips"] = names_of(state->tips);
    sheet[where + " rests on/whole"] = state->whole ? "true" : "false";
    for (const auto& [field, of_field] : state->fields) {
      sheet[where + " rests on/" + field] = names_of(of_field.heads);
    }
  }
  Statement conflicts(file,
                      "SELECT form, record, field, unpacked(conflict) FROM conflicts"
                      " JOIN records USING (record_id) JOIN books USING (book_id) WHERE code = ?1");
  conflicts.with(code);
  while (conflicts.step()) {
    lay_out(sheet,
            where_of(conflicts.text(0), conflicts.fixed<RecordId>(1)) + " conflict/" +
                conflicts.text(2),
            json::parse(conflicts.text(3)));
  }
  Statement quarantine(file,
                       "SELECT name, reason FROM quarantine JOIN entries USING (entry_id)"
                       " JOIN streams ON stream_id = entry_id >> 40 JOIN books USING (book_id)"
                       " WHERE code = ?1");
  quarantine.with(code);
  while (quarantine.step()) {
    sheet["quarantine " + quarantine.fixed<EntryName>(0).hex()] = quarantine.text(1);
  }
  Statement tallies(file,
                    "SELECT campaign, review, axes, key, value"
                    " FROM tallies JOIN books USING (book_id), json_each(sums) WHERE code = ?1");
  tallies.with(code);
  while (tallies.step()) {
    sheet["tally " + tallies.text(0) + "/" + tallies.text(1) + "/" + tallies.text(2) + "/" +
          tallies.text(3)] = std::to_string(tallies.number(4));
  }
  Statement counts(file, "SELECT entries, records FROM books WHERE code = ?1");
  counts.with(code);
  if (counts.step()) {
    sheet["entries"] = std::to_string(counts.number(0));
    sheet["records"] = std::to_string(counts.number(1));
  }
  return sheet;
}

}  // namespace

void check_reference(TestDevice& device, const BookCode& book) {
  constexpr int kToldMax = 5;
  const Sheet expected = must_show(device, book), actual = shows(device, book);
  std::set<std::string> places;
  for (const auto& [where, what] : expected) places.insert(where);
  for (const auto& [where, what] : actual) places.insert(where);
  std::string differences;
  int count = 0;
  for (const std::string& where : places) {
    const auto must = expected.find(where), is = actual.find(where);
    const std::string wanted = must != expected.end() ? must->second : "nothing";
    const std::string found = is != actual.end() ? is->second : "nothing";
    if (wanted == found || ++count > kToldMax) continue;
    differences += "\n    " + where + ": must show " + wanted + ", shows " + found;
  }
  if (count == 0) return;
  throw Broken("the book " + book + " at " +
               (device.is_headquarters() ? "headquarters"
                                         : device.unit() + "/" + device.id().hex().substr(0, 6)) +
               " is not what its entries say, in " + std::to_string(count) +
               " places:" + differences);
}

}  // namespace sitelog::simulation
