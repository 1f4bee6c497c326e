#include "engine/people.hpp"

#include "campaign/looks.hpp"
#include "engine/identity.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

bool is_set(const RecordState& record, const char* field) {
  const Value* shown = record.shown(field);
  return shown != nullptr && !shown->is_cleared();
}

}  // namespace

RecordId person_record(const std::string& name) {
  Hasher hasher;
  hasher.add("sitelog person record 1\n");
  for (const char32_t point : looks_of(name)) hasher.add_number(point);
  return *RecordId::from(hasher.finish().view().first(RecordId::kSize));
}

RecordId people_record() {
  return *RecordId::from(
      Hasher().add("sitelog people record 1\n").finish().view().first(RecordId::kSize));
}

std::optional<UnitPerson> person_from(const RecordState& record) {
  UnitPerson out{.name = record.text("name"),
                 .role = record.text("role"),
                 .leads = is_set(record, "leads"),
                 .removed = is_set(record, "removed"),
                 .in_conflict = !record.conflicts.empty()};
  // Whoever has the key of one of the unit's devices may have written anything.
  if (!check_name(out.name) || person_record(out.name) != record.record) return std::nullopt;
  if (!out.role.empty() && !check_name(out.role)) out.role.clear();
  return out;
}

std::string pins_since(const RecordState& record) {
  const auto field = record.fields.find("pins_since");
  if (field == record.fields.end()) return {};
  Hasher hasher;
  hasher.add("sitelog pins since 1\n");
  for (const EntryName& head : field->second.heads) hasher.add(head.view());
  return hasher.finish().hex();
}

std::optional<UnitPerson> find_person(const Queries& queries, const BookCode& unit,
                                      const std::string& name) {
  const auto record = queries.record_state({unit, person_record(name), std::string(kFormPerson)});
  return record ? person_from(*record) : std::nullopt;
}

std::vector<RecordId> leaders_of(const Queries& queries, const BookCode& unit, size_t most) {
  RecordFilter filter;
  filter.units = {unit};
  filter.form = std::string(kFormPerson);
  filter.of_the_system = true;
  std::vector<RecordId> said;
  queries.list_records(filter, std::nullopt, [&](const boost::json::object& line) {
    const auto* fields = line.if_contains("fields");
    const bool leads =
        fields != nullptr && fields->is_object() && fields->get_object().contains("leads");
    if (leads) said.push_back(*RecordId::parse(line.at("record").as_string()));
  });
  std::vector<RecordId> out;
  for (const RecordId& each : said) {
    if (out.size() == most) break;
    const auto record = queries.record_state({unit, each, std::string(kFormPerson)});
    const auto person = record ? person_from(*record) : std::nullopt;
    if (person && person->leads && !person->removed) out.push_back(each);
  }
  return out;
}

const char* name_of(NamesAsked asked) {
  switch (asked) {
    case NamesAsked::kFree: return "free";
    case NamesAsked::kPicked: return "picked";
    case NamesAsked::kPin: return "pin";
  }
  return "free";
}

NamesAsked names_asked(const Queries& queries, const BookCode& unit) {
  const auto record = queries.record_state({unit, people_record(), std::string(kFormPeople)});
  const std::string said = record ? record->text("names") : std::string();
  for (const NamesAsked asked : {NamesAsked::kPicked, NamesAsked::kPin}) {
    if (said == name_of(asked)) return asked;
  }
  return NamesAsked::kFree;
}

}  // namespace sitelog
