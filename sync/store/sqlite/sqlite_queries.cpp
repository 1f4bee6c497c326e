#include "sync/store/sqlite/sqlite_queries.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "sync/ledger/entry.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/merge/stations.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/seen_records.hpp"
#include "sync/store/sqlite/sqlite_shelf.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "sync/store/sqlite/tally_rows.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The entries of a record by field: what each field was set to, by whom, and whether that still
// stands. `entries` as show_record lists them, oldest first.
json::object field_history(const json::array& entries) {
  json::object out;
  std::set<std::pair<std::string, std::string>> replaced;  // field, entry
  for (const auto& item : entries) {
    const json::object& entry = item.as_object();
    if (entry.contains("quarantined")) continue;
    for (const auto& [field, assigned] : entry.at("fields").as_object()) {
      for (const auto& name : assigned.at("replaces").as_array()) {
        replaced.emplace(std::string(field), std::string(name.as_string()));
      }
    }
  }
  for (const auto& item : entries) {
    const json::object& entry = item.as_object();
    for (const auto& [field, assigned] : entry.at("fields").as_object()) {
      const bool aside = entry.contains("quarantined");
      const bool stands =
          !aside &&
          !replaced.contains({std::string(field), std::string(entry.at("entry").as_string())});
      json::object line{{"value", assigned.at("value")},
                        {"state", aside    ? "quarantined"
                                  : stands ? "stands"
                                           : "replaced"}};
      for (const char* name : {"device", "role", "person", "wall", "stream", "number", "entry"}) {
        line[name] = entry.at(name);
      }
      if (const auto* sent = assigned.as_object().if_contains("sent")) line["sent"] = *sent;
      auto& list = out[field];
      if (!list.is_array()) list = json::array();
      list.as_array().emplace_back(std::move(line));
    }
  }
  return out;
}

json::object fields_of(const Entry& entry) {
  json::object out;
  for (const Assignment& assignment : entry.assignments) {
    json::array replaces;
    for (const EntryName& name : assignment.replaces) replaces.emplace_back(name.hex());
    json::object assigned{{"value", to_json(assignment.value)}, {"replaces", std::move(replaces)}};
    // What a verdict on it calls it by: what a sending says of the one before it is its device's.
    if (assignment.field == kFieldSent) assigned["sent"] = sent_name(assignment.value);
    out[assignment.field] = std::move(assigned);
  }
  return out;
}

struct EntriesOfRecord {
  json::array entries;                   // oldest first
  json::array begun_by;                  // of each device that wrote one without parents, the first
  std::optional<int64_t> held_since_ms;  // where `held_by` has acknowledged all: since when
};

EntriesOfRecord entries_of_record(Database& database, int64_t row, const BookCode& unit,
                                  const DeviceId& headquarters,
                                  const std::optional<DeviceId>& held_by) {
  struct Line {
    HybridTime hybrid;
    bool begins;
    json::object line;
  };
  std::vector<Line> lines;
  bool held = held_by.has_value();
  int64_t held_since = 0;
  Statement entries(
      database,
      "SELECT e.entry_id, e.name, entry_bytes(e.entry_id, e.bytes), d.device, s.epoch, q.reason, "
      "a.number, a.wall_ms"
      " FROM entries AS e JOIN streams AS s ON s.stream_id = e.entry_id >> 40"
      " JOIN devices AS d USING (device_id) LEFT JOIN quarantine AS q USING (entry_id)"
      " LEFT JOIN acknowledgements AS a ON a.stream_id = s.stream_id AND a.device = ?2"
      " WHERE e.record_id = ?1");
  entries.with(row, held_by.value_or(DeviceId{}));
  while (entries.step()) {
    const auto entry = decode_entry(as_bytes(entries.view(2)));
    if (!entry) continue;
    const auto device = entries.fixed<DeviceId>(3);
    const Sequence number = number_of(entries.number(0));
    json::object line{
        {"entry", entries.fixed<EntryName>(1).hex()},
        {"device", device.hex()},
        {"role", device == headquarters ? "headquarters" : "site"},
        {"person", entry->person.name},
        {"wall", entry->clock.wall.ms},
        {"stream", to_text(unit, {device, {static_cast<uint64_t>(entries.number(4))}})},
        {"number", number.value},
        {"fields", fields_of(*entry)}};
    if (!entry->person.role.empty()) line["person_role"] = entry->person.role;
    if (entry->person.known_by != KnownBy::kDeviceKey) {
      line["known_by"] = name_of(entry->person.known_by);
    }
    if (!entries.is_null(5)) line["quarantined"] = entries.text(5);
    if (held_by) {
      const bool this_held =
          !entries.is_null(6) && static_cast<uint64_t>(entries.number(6)) >= number.value;
      line["held"] = this_held;
      held = held && this_held;
      held_since = std::max(held_since, entries.number(7));
    }
    const bool begins = entry->parents.empty() && !line.contains("quarantined");
    lines.push_back({entry->hybrid, begins, std::move(line)});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.hybrid < b.hybrid; });
  EntriesOfRecord out;
  std::set<std::string> known;
  for (Line& line : lines) {
    if (line.begins && known.emplace(line.line.at("device").as_string()).second) {
      json::object by;
      for (const char* name : {"device", "role", "person", "wall"}) by[name] = line.line.at(name);
      out.begun_by.emplace_back(std::move(by));
    }
    out.entries.emplace_back(std::move(line.line));
  }
  if (held) out.held_since_ms = held_since;
  return out;
}

}  // namespace

uint64_t read_judged_by(Database& database) {
  Statement select(database, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1");
  return static_cast<uint64_t>(std::max<int64_t>(1, select.with(kJudgedByKey).number_or(1)));
}

SqliteQueries::SqliteQueries(Database& database)
    : database_(database),
      ids_after_(database, "SELECT record_id, record FROM records WHERE record_id > ?1"),
      last_number_(database, "SELECT max(record_id) FROM records") {}

std::vector<FoundRecord> SqliteQueries::find_records(const RecordsNamed& named, size_t most) const {
  std::vector<FoundRecord> found;
  if (named.id.size() < 4 || named.id.size() > 2 * RecordId::kSize) return found;
  const auto whole = RecordId::parse(named.id);
  std::string ending(named.id);
  for (char& c : ending) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::array<uint8_t, RecordId::kSize> last{};
  const size_t bytes = ending.size() / 2;
  if (!from_hex(std::string_view(ending).substr(ending.size() - 2 * bytes), last.data(), bytes)) {
    return found;
  }
  // The index doesn't know endings, so for one this looks at every id, though at nothing else.
  // Bytes are compared before digits, which takes a fifth of the time.
  const std::string among_ids = whole ? "record = ?1"
                                      : "record_id IN (SELECT record_id FROM records"
                                        " WHERE substr(record, ?1) = ?2"
                                        " AND substr(hex(record), ?3) = ?4)";
  Statement rows(database_,
                 "SELECT code, record, form FROM records JOIN books USING (book_id)"
                 " WHERE " +
                     among_ids + " AND first_entry IS NOT NULL AND " + std::string(kNotTheRules) +
                     " AND form NOT IN " + std::string(kSystemForms) + " AND " +
                     among(named.units) + " AND " + among(named.within) +
                     (named.form.empty() ? "" : " AND form = " + quoted(named.form)) +
                     " ORDER BY record, code, form LIMIT " + std::to_string(most));
  if (whole) {
    rows.with(*whole);
  } else {
    rows.with(-static_cast<int64_t>(bytes), BytesView(last.data(), bytes),
              -static_cast<int64_t>(ending.size()), ending);
  }
  while (rows.step()) found.push_back({rows.text(0), rows.fixed<RecordId>(1), rows.text(2)});
  return found;
}

namespace {

int64_t row_of(Database& database, const FoundRecord& found) {
  Statement row(database,
                "SELECT record_id FROM records JOIN books USING (book_id)"
                " WHERE record = ?1 AND code = ?2 AND form = ?3");
  return row.with(found.record, found.unit, found.form).number_or(0);
}

}  // namespace

RecordPlace SqliteQueries::place_of(const FoundRecord& found) const {
  return {found.record, row_of(database_, found)};
}

json::object SqliteQueries::record(const FoundRecord& found) const {
  auto out = SeenRecords(database_).line(row_of(database_, found));
  SITELOG_ASSERT(out);
  return *std::move(out);
}

namespace {

void tell_stations(const RecordState& state, json::object& review) {
  json::array stations;
  for (const StationSaid& each : state.stations()) stations.emplace_back(to_json(each));
  review["stations"] = std::move(stations);
  review["sent"] = state.sent_name();
}

// Of a verdict that counts now who gave it, and when. Told nowhere where none of what stands in
// that field is it.
bool tell_who_said(const json::object& history, std::string_view field, const json::string& sent,
                   json::object& station) {
  const auto* said = history.if_contains(field);
  if (said == nullptr) return false;
  bool told = false;
  for (const auto& each : said->as_array()) {
    const json::object& entry = each.as_object();
    const auto* verdict = entry.at("value").if_object();
    if (verdict == nullptr || entry.at("state") != "stands") continue;
    const auto is = [&](const char* name, const json::value& wanted) {
      const auto* member = verdict->if_contains(name);
      return member != nullptr && *member == wanted;
    };
    if (!is("verdict", station.at("verdict"))) continue;
    if (field != kFieldReview && (!is("of", sent) || !is("unit", station.at("unit")))) continue;
    station["person"] = entry.at("person");
    station["wall"] = entry.at("wall");
    told = true;
  }
  return told;
}

void tell_who_said(const json::object& history, json::object& review) {
  auto* stations = review.if_contains("stations");
  if (stations == nullptr) return;
  const json::string& sent = review.at("sent").as_string();
  for (auto& item : stations->as_array()) {
    json::object& station = item.as_object();
    if (!station.contains("verdict")) continue;
    const std::string own = station_field(std::string(station.at("role").as_string()));
    if (tell_who_said(history, own, sent, station)) continue;
    // Headquarters said it of the record as a whole.
    if (station.at("unit").as_string().empty()) tell_who_said(history, kFieldReview, sent, station);
  }
}

// What a station that has not spoken of what is sent now said of something sent before, last.
void tell_earlier(const json::object& history, json::object& review) {
  auto* stations = review.if_contains("stations");
  if (stations == nullptr) return;
  for (auto& item : stations->as_array()) {
    json::object& station = item.as_object();
    const auto* said =
        history.if_contains(station_field(std::string(station.at("role").as_string())));
    if (said == nullptr || station.contains("verdict")) continue;
    for (const auto& each : said->as_array()) {
      const json::object& entry = each.as_object();
      const auto* verdict = entry.at("value").if_object();
      if (verdict == nullptr || entry.at("state") == "quarantined") continue;
      const auto* unit = verdict->if_contains("unit");
      const auto* of = verdict->if_contains("of");
      if (unit == nullptr || *unit != station.at("unit")) continue;
      if (of == nullptr || *of == review.at("sent")) continue;
      json::object earlier{{"person", entry.at("person")}, {"wall", entry.at("wall")}};
      for (const char* name : {"verdict", "remark", "due", "fields"}) {
        if (const auto* value = verdict->if_contains(name)) earlier[name] = *value;
      }
      if (earlier.contains("verdict")) station["earlier"] = std::move(earlier);
    }
  }
}

}  // namespace

json::object SqliteQueries::show_record(const FoundRecord& found, const DeviceId& headquarters,
                                        const std::optional<DeviceId>& held_by) const {
  json::object out = record(found);
  const int64_t row = row_of(database_, found);

  json::array conflicts;
  Statement conflict(
      database_, "SELECT unpacked(conflict) FROM conflicts WHERE record_id = ?1 ORDER BY field");
  conflict.with(row);
  while (conflict.step()) conflicts.emplace_back(json::parse(conflict.view(0)));
  out["conflicts"] = std::move(conflicts);

  if (out.contains("as_sent")) {
    Statement document(database_,
                       "SELECT document(first_entry, state) FROM records WHERE record_id = ?1");
    document.with(row);
    if (document.step()) {
      tell_stations(shown_from_stored(found.record, found.form, document.view(0)),
                    out.at("review").as_object());
    }
  }
  EntriesOfRecord told = entries_of_record(database_, row, found.unit, headquarters, held_by);
  out["history"] = field_history(told.entries);
  tell_who_said(out.at("history").as_object(), out.at("review").as_object());
  tell_earlier(out.at("history").as_object(), out.at("review").as_object());
  out["entries"] = std::move(told.entries);
  // None of these had seen another's; which came first no clock of theirs can prove.
  if (told.begun_by.size() > 1) out["recorded_apart"] = std::move(told.begun_by);
  if (held_by) {
    out["held"] = told.held_since_ms.has_value();
    if (told.held_since_ms) out["held_since"] = *told.held_since_ms;
  }
  return out;
}

std::vector<int64_t> SqliteQueries::in_conflict(const Within& within,
                                                const RecordPlace& after) const {
  Statement rows(database_,
                 "SELECT record_id FROM records JOIN books USING (book_id)"
                 " WHERE record_id IN (SELECT record_id FROM conflicts)"
                 " AND form NOT IN ('@person', '@people')"
                 " AND (record, record_id) > (?1, ?2) AND " +
                     among(within) + " ORDER BY record, record_id");
  rows.with(after.record, after.number);
  std::vector<int64_t> out;
  while (rows.step()) out.push_back(rows.number(0));
  return out;
}

void SqliteQueries::list_conflicts(int64_t number, const LineSink& sink) const {
  Statement rows(database_,
                 "SELECT record, code, unpacked(conflict), form, record_id,"
                 " document(first_entry, state) ->> '$.campaign'"
                 " FROM conflicts JOIN records USING (record_id)"
                 " JOIN books ON books.book_id = records.book_id WHERE record_id = ?1"
                 " ORDER BY field");
  rows.with(number);
  SeenRecords records(database_);
  while (rows.step()) {
    json::object line{{"record", rows.fixed<RecordId>(0).hex()},
                      {"unit", rows.text(1)},
                      {"form", rows.text(3)},
                      {"campaign", rows.text(5)},
                      {"seen", records.seen(rows.number(4))}};
    const json::value conflict = json::parse(rows.view(2));
    for (const auto& [name, value] : conflict.as_object()) line[name] = value;
    if (rows.view(2).size() > limits::kListedBytesMax) {
      line["shown"] = nullptr;
      line["candidates"] = json::array();
      line["too_large"] = static_cast<int64_t>(rows.view(2).size());
    }
    sink(std::move(line));
  }
}

void SqliteQueries::list_quarantine(const Within& within, int64_t after, int64_t limit,
                                    const NumberedSink& sink) const {
  Statement rows(
      database_,
      "SELECT q.entry_id, code, record, device, epoch, name, reason, text, args, records.form"
      " FROM quarantine AS q JOIN entries USING (entry_id)"
      " JOIN streams AS s ON s.stream_id = q.entry_id >> 40"
      " JOIN devices USING (device_id) JOIN books ON books.book_id = s.book_id"
      " LEFT JOIN records ON records.record_id = entries.record_id WHERE " +
          among(within) + " AND q.entry_id > ?1 ORDER BY q.entry_id LIMIT ?2");
  rows.with(after, limit);
  while (rows.step()) {
    const auto device = rows.fixed<DeviceId>(3);
    const auto record = RecordId::from(rows.view(2));
    sink(rows.number(0),
         {{"unit", rows.text(1)},
          {"record", record ? json::value(record->hex()) : json::value(nullptr)},
          {"form", record ? json::value(rows.text(9)) : json::value(nullptr)},
          {"device", device.hex()},
          {"stream", to_text(rows.text(1), {device, {static_cast<uint64_t>(rows.number(4))}})},
          {"number", number_of(rows.number(0)).value},
          {"entry", rows.fixed<EntryName>(5).hex()},
          {"reason", rows.text(6)},
          {"text", rows.text(7)},
          {"args", json::parse(rows.view(8))}});
  }
}

void SqliteQueries::list_devices(const std::vector<BookCode>& units, const LineSink& sink) const {
  Statement counts(database_,
                   "SELECT coalesce(sum(s.last - s.fork_number), 0) FROM streams AS s"
                   " JOIN devices USING (device_id) WHERE device = ?1");
  Statement branches(database_,
                     "SELECT coalesce(sum(ways - 1), 0) FROM (SELECT count(*) AS ways FROM streams"
                     " JOIN devices USING (device_id) WHERE device = ?1 GROUP BY book_id, epoch)");
  Statement contact(database_, "SELECT contact_ms FROM peers WHERE device = ?1");
  Statement rows(database_,
                 "SELECT record, code, state FROM records JOIN books USING (book_id)"
                 " WHERE form = 'grant' AND code <> 'root' AND first_entry IS NOT NULL AND " +
                     among(units) + " ORDER BY code, record_id");
  while (rows.step()) {
    const auto device = rows.fixed<DeviceId>(0);
    const json::value state = json::parse(rows.view(2));
    const json::object& fields = state.at("fields").as_object();
    const auto field = [&](const char* name) -> json::value {
      const auto* value = fields.if_contains(name);
      return value != nullptr ? *value : json::value(nullptr);
    };
    const int64_t met = contact.with(device).number_or(-1);
    sink({{"device", device.hex()},
          {"unit", rows.text(1)},
          {"name", field("name")},
          {"granted", field("granted")},
          {"revoked", field("revoked")},
          {"allowed", field("allowed")},
          {"contact", met < 0 ? json::value(nullptr) : json::value(met)},
          {"entries", counts.with(device).number_or(0)},
          {"branches", branches.with(device).number_or(0)}});
  }
}

std::vector<KnownGrant> SqliteQueries::grants(const std::optional<DeviceId>& of) const {
  Statement rows(database_,
                 "SELECT code, record, coalesce(state ->> '$.fields.name', ''),"
                 " state ->> '$.fields.revoked' IS NOT NULL,"
                 " coalesce(state ->> '$.fields.revoked.held_up' = 1, 0)"
                 " FROM records JOIN books USING (book_id)"
                 " WHERE form = 'grant' AND code <> 'root' AND first_entry IS NOT NULL" +
                     std::string(of ? " AND record = ?1" : ""));
  if (of) rows.with(*of);
  std::vector<KnownGrant> out;
  while (rows.step()) {
    out.push_back({rows.text(0), rows.fixed<DeviceId>(1), rows.text(2), rows.number(3) != 0,
                   rows.number(4) != 0});
  }
  return out;
}

std::vector<BookTally> SqliteQueries::tallies(const std::string& campaign) const {
  Statement rows(database_,
                 "SELECT code, review, axes, sums"
                 // What belongs to no unit, as early versions let headquarters write it, is shown
                 // and not counted.
                 " FROM tallies JOIN books USING (book_id) WHERE campaign = ?1 AND code <> ''"
                 " ORDER BY book_id, review, axes");
  rows.with(campaign);
  std::vector<BookTally> out;
  while (rows.step()) {
    out.push_back({rows.text(0),
                   {{campaign, rows.text(1), parse_axes(rows.view(2))}, parse_sums(rows.view(3))}});
  }
  return out;
}

namespace {

RecordState shown(const RecordId& record, const std::string& form, std::string_view document) {
  try {
    return shown_from_stored(record, form, document);
  } catch (const DamagedDocument& error) {
    throw StoreError(StoreError::Kind::kDamaged,
                     "record " + record.hex() + " does not read back: " + error.what());
  }
}

}  // namespace

std::optional<RecordState> SqliteQueries::record_state(const FoundRecord& named) const {
  Statement row(database_,
                "SELECT document(first_entry, state) FROM records WHERE record = ?1 AND form = ?3"
                " AND book_id = (SELECT book_id FROM books WHERE code = ?2)"
                " AND first_entry IS NOT NULL");
  row.with(named.record, named.unit, named.form);
  if (!row.step()) return std::nullopt;
  return shown(named.record, named.form, row.view(0));
}

void SqliteQueries::each_unit(const std::function<void(const RecordState&)>& visit) const {
  Statement rows(database_,
                 // By the system's records, as they lie in the file.
                 "SELECT record, state FROM records WHERE form IN " + std::string(kIndexedForms) +
                     " AND book_id = (SELECT book_id FROM books WHERE code = 'root')"
                     " AND +form = 'unit' AND first_entry IS NOT NULL");
  const std::string form(kFormUnit);
  while (rows.step()) visit(shown(rows.fixed<RecordId>(0), form, rows.view(1)));
}

void SqliteQueries::each_account(
    const std::function<void(const BookCode&, const RecordState&)>& visit) const {
  // Staff books are small, and no index has their records: so by their entries.
  Statement rows(database_,
                 "SELECT DISTINCT b.code, r.record, r.state FROM books AS b"
                 " CROSS JOIN streams AS s USING (book_id)"
                 " CROSS JOIN entries AS e"
                 " ON e.entry_id BETWEEN s.stream_id << 40 AND ((s.stream_id + 1) << 40) - 1"
                 " CROSS JOIN records AS r USING (record_id)"
                 " WHERE b.code >= ?1 AND r.form = ?2 AND r.first_entry IS NOT NULL"
                 " ORDER BY b.code, r.record");
  rows.with(kStaffBooks, kFormAccount);
  while (rows.step()) {
    const BookCode book = rows.text(0);
    if (!is_staff_book(book)) continue;
    visit(book, shown(rows.fixed<RecordId>(1), std::string(kFormAccount), rows.view(2)));
  }
}

Hash SqliteQueries::state_digest(const BookCode& book) const {
  Statement row(database_, "SELECT state_digest FROM books WHERE code = ?1");
  row.with(book);
  return row.step() ? row.fixed<Hash>(0) : Hash{};
}

void SqliteQueries::teach(Catalogue& catalogue, const DeviceId& headquarters) const {
  StreamTable streams(database_);
  SqliteShelf shelf(database_, streams);
  NoHelpers nobody;
  MergeWork(shelf, catalogue, headquarters, nobody, known_rules()).teach_catalogue();
}

RulesInForce SqliteQueries::rules() const {
  RulesInForce out;
  out.judged_by = read_judged_by(database_);
  Statement said(database_,
                 "SELECT document(first_entry, state) ->> '$.fields.number',"
                 " document(first_entry, state) ->> '$.fields.install'"
                 " FROM records JOIN books USING (book_id)"
                 " WHERE record = ?1 AND code = ?2 AND form = ?3 AND first_entry IS NOT NULL");
  said.with(rules_record(), kRootBook, kFormRules);
  if (!said.step()) return out;
  out.hold = static_cast<uint64_t>(std::max<int64_t>(1, said.number(0)));
  out.install = said.text(1);
  return out;
}

std::optional<std::string> SqliteQueries::meta(const std::string& key) const {
  Statement select(database_, "SELECT value FROM meta WHERE key = ?1");
  select.with(key);
  return select.step() ? std::optional(select.text(0)) : std::nullopt;
}

}  // namespace sitelog
