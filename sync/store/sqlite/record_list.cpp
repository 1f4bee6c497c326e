// Records listed page by page.
#include <algorithm>

#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/record_search.hpp"
#include "sync/store/sqlite/seen_records.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"
#include "sync/store/sqlite/stored_record.hpp"
#include "sync/store/sqlite/text_search.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// True while some entry of the record is not acknowledged by the device bound as ?1.
constexpr std::string_view kWaiting =
    "EXISTS (SELECT 1 FROM entries AS e LEFT JOIN acknowledgements AS a"
    " ON a.stream_id = e.entry_id >> 40 AND a.device = ?1"
    " WHERE e.record_id = records.record_id"
    " AND (a.number IS NULL OR a.number < (e.entry_id & 1099511627775)))";

// That a line may have.
constexpr size_t kLineMembers = 16;

// Rows read at a time where all are wanted.
constexpr int64_t kPage = 1000;

// The records that a filter means, in the order of their places. Few of them are looked up and
// sorted; many are met on the way through the ids. Whichever is less: some milliseconds of a
// million records for a page of fifty at the worst.
class RecordLister {
 public:
  RecordLister(Database& database, const RecordFilter& filter)
      : search_(database),
        wanted_(search_.find(filter)),
        places_(database,
                "SELECT record, record_id FROM records INDEXED BY records_by_name"
                " WHERE (record, book_id, form) > (?1, ?2, ?3) ORDER BY record, book_id, form"),
        key_(database, "SELECT record, book_id, form FROM records WHERE record_id = ?1"),
        after_(filter.after) {
    if (!filter.text.empty()) {
      text_ = TextSearch(database).find(filter.text, search_.last());
      wanted_ &= text_->records;
      text_->unsure &= wanted_;
    }
    count_ = wanted_.count();
  }

  // Whether a record has to be looked at for the text; whether any has.
  bool is_unsure(int64_t row) const { return text_ && text_->unsure.has(row); }
  bool any_unsure() const { return text_ && text_->any_unsure && text_->unsure.count() > 0; }

  // The first `limit` behind this place.
  std::vector<RecordPlace> page(const RecordPlace& behind, int64_t limit) {
    std::vector<RecordPlace> out;
    if (sorted_ || is_few(limit)) {
      sort();
      for (auto at = sorted_behind(behind); at != sorted_->end(); ++at) {
        if (static_cast<int64_t>(out.size()) >= limit) break;
        out.push_back(*at);
      }
      return out;
    }
    go_behind(behind);
    while (static_cast<int64_t>(out.size()) < limit && places_.step()) {
      const int64_t row = places_.number(1);
      if (wanted_.has(row)) out.push_back({places_.fixed<RecordId>(0), row});
    }
    places_.restart();
    return out;
  }

  // All behind `filter.after`.
  int64_t count() {
    if (after_ == RecordPlace{}) return count_;
    if (sorted_ || is_few(count_)) {
      sort();
      return sorted_->end() - sorted_behind(after_);
    }
    int64_t out = 0;
    go_behind(after_);
    while (places_.step()) out += wanted_.has(places_.number(1)) ? 1 : 0;
    return out;
  }

 private:
  // By which those of one id are in order.
  using Key = std::pair<int64_t, std::string>;

  // Of a row that is not that record's, or is no more: before all of its id, so that nothing is
  // left out.
  Key key_of(const RecordPlace& place) {
    if (place == RecordPlace::behind_all(place.record)) return {place.number, ""};
    key_.with(place.number);
    const bool there = key_.step() && key_.fixed<RecordId>(0) == place.record;
    Key out = there ? Key(key_.number(1), key_.text(2)) : Key(-1, "");
    key_.restart();
    return out;
  }

  void go_behind(const RecordPlace& place) {
    const auto& [book, form] = key_of(place);
    places_.with(place.record, book, form);
  }

  // Whether looking all of them up is less work than passing over those between. Looking one up
  // takes as long as passing over six.
  bool is_few(int64_t limit) const {
    constexpr double kLookUp = 6;
    const auto count = static_cast<double>(count_);
    const double passed = static_cast<double>(search_.last()) *
                          std::min(1.0, static_cast<double>(limit) / (count + 1));
    return kLookUp * count < passed;
  }

  void sort() {
    if (sorted_) return;
    sorted_.emplace();
    sorted_->reserve(static_cast<size_t>(count_));
    wanted_.each([&](int64_t row) {
      key_.with(row);
      if (key_.step()) sorted_->push_back({key_.fixed<RecordId>(0), row});
    });
    key_.restart();
    std::sort(sorted_->begin(), sorted_->end(), by_record);
    for (auto at = sorted_->begin(); at != sorted_->end();) {
      const auto last = std::find_if(
          at, sorted_->end(), [at](const RecordPlace& each) { return each.record != at->record; });
      if (last - at > 1) sort_of_one(at, last);
      at = last;
    }
  }

  static bool by_record(const RecordPlace& a, const RecordPlace& b) { return a.record < b.record; }

  using Places = std::vector<RecordPlace>;
  void sort_of_one(Places::iterator begin, Places::iterator end) {
    std::vector<std::pair<Key, RecordPlace>> keyed;
    for (auto at = begin; at != end; ++at) keyed.emplace_back(key_of(*at), *at);
    std::sort(keyed.begin(), keyed.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& each : keyed) *begin++ = each.second;
  }

  Places::const_iterator sorted_behind(const RecordPlace& place) {
    const auto [first, last] =
        std::equal_range(sorted_->cbegin(), sorted_->cend(), place, by_record);
    if (first == last) return first;
    const Key key = key_of(place);
    return std::partition_point(first, last,
                                [&](const RecordPlace& each) { return key_of(each) <= key; });
  }

  RecordSearch search_;
  RecordSet wanted_;
  std::optional<TextSearch::Found> text_;
  int64_t count_ = 0;
  Statement places_, key_;
  const RecordPlace after_;
  std::optional<Places> sorted_;
};

}  // namespace

// In hexadecimal: the text of a statement ends at the first zero byte.
std::string quoted(const std::string& text) {
  return "CAST(x'" + to_hex(as_bytes(text)) + "' AS TEXT)";
}

std::string among(const std::vector<BookCode>& units) {
  if (units.empty()) return "1";
  std::string out = "code IN (";
  for (size_t i = 0; i < units.size(); ++i) out += (i > 0 ? ", " : "") + quoted(units[i]);
  return out + ")";
}

std::string among(const Within& within) {
  if (within.empty()) return "1";
  std::string out = "(";
  for (const RecordsOf& each : within) {
    if (out.size() > 1) out += " OR ";
    out += among(each.units);
    if (!each.campaign.empty()) {
      out += " AND records.list_id IN (SELECT list_id FROM lists WHERE lists.campaign = " +
             quoted(each.campaign) + ")";
    }
    for (const std::string& campaign : each.except) {
      out +=
          " AND (records.list_id IS NULL OR records.list_id NOT IN"
          " (SELECT list_id FROM lists WHERE lists.campaign = " +
          quoted(campaign) + "))";
    }
  }
  return out + ")";
}

json::object record_line(const BookCode& unit, const RecordId& record, const std::string& form,
                         json::object document) {
  json::object out(kLineMembers, document.storage());
  out["record"] = record.hex();
  out["unit"] = unit;
  out["form"] = form;
  if (auto* campaign = document.if_contains("campaign")) out["campaign"] = std::move(*campaign);
  json::object& fields = document.at("fields").as_object();
  for (auto field = fields.begin(); field != fields.end();) {
    field = field->value().is_null() ? fields.stable_erase(field) : std::next(field);
  }
  out["fields"] = std::move(fields);
  auto* review = document.if_contains("review");
  out["review"] = review != nullptr ? std::move(*review) : json::object{{"state", "pending"}};
  if (auto* as_sent = document.if_contains("as_sent")) out["as_sent"] = std::move(*as_sent);
  auto* conflicts = document.if_contains("conflicts");
  out["conflicts"] = conflicts != nullptr ? std::move(*conflicts) : json::array{};
  if (auto* parallel = document.if_contains("parallel")) out["parallel"] = std::move(*parallel);
  json::object explanations(document.storage());
  int64_t comments = 0;
  if (const auto* reserved = document.if_contains("reserved")) {
    for (const auto& [name, value] : reserved->as_object()) {
      const std::string_view field(name);
      if (field == kFieldVoid && !value.is_null()) out["void"] = value;
      if (field.starts_with(kCommentPrefix) && value.is_string()) ++comments;
      if (field == kFieldCampaign && value.is_string()) out["campaign_now"] = value;
      if (field.starts_with(kExplainPrefix) && !value.is_null()) {
        explanations[field.substr(kExplainPrefix.size())] = value;
      }
    }
  }
  if (!explanations.empty()) out["explanations"] = std::move(explanations);
  if (comments > 0) out["comments"] = comments;
  for (const char* stamp : {"created", "changed"}) {
    json::object& from = document.at(stamp).as_object();
    from.stable_erase("hybrid");
    out[stamp] = std::move(from);
  }
  return out;
}

namespace {

bool holds_in_a_field(SeenRecords& records, int64_t row, const std::string& text) {
  const auto* shown = records.shown(row, SIZE_MAX);
  return shown != nullptr &&
         std::any_of(shown->fields.begin(), shown->fields.end(),
                     [&](const auto& field) { return holds(field.second, text); });
}

// Tells the records that a filter means, page by page.
class Telling {
 public:
  Telling(Database& database, const RecordFilter& filter)
      : filter_(filter), lister_(database, filter), records_(database) {}

  RecordLister& lister() { return lister_; }
  SeenRecords& records() { return records_; }
  const ListEnd& end() const { return end_; }

  // `tell` gives back whether the record there is to be told. False where no more follow.
  template <class Tell>
  bool run(const Tell& tell) {
    end_.at_most = lister_.any_unsure();
    RecordPlace behind = filter_.after;
    int64_t left = filter_.limit;
    size_t told_bytes = 0;
    while (left != 0) {
      const int64_t limit = left < 0 ? kPage : std::min(left, kPage);
      const auto page = lister_.page(behind, limit);
      for (const RecordPlace& at : page) {
        if (told_bytes >= filter_.bytes_max || is_enough()) return true;
        end_.looked_at = behind = at;
        if (!holds_text(at.number) || !tell(at)) continue;
        told_bytes += std::min(records_.bytes(), limits::kListedBytesMax);
        if (left > 0) --left;
      }
      if (static_cast<int64_t>(page.size()) < limit) return false;
    }
    return true;
  }

 private:
  bool is_enough() {
    if (filter_.looked_max < 0 || looked_ < filter_.looked_max) return false;
    return end_.cut = true;
  }

  bool holds_text(int64_t row) {
    if (!lister_.is_unsure(row)) return true;
    ++looked_;
    return holds_in_a_field(records_, row, filter_.text);
  }

  const RecordFilter& filter_;
  RecordLister lister_;
  SeenRecords records_;
  ListEnd end_;
  int64_t looked_ = 0;
};

class PiecesOfList final : public ShownPieces {
 public:
  PiecesOfList(Database& database, const RecordFilter& filter)
      : text_(filter.text), lister_(database, filter), records_(database) {}

  int64_t count() override { return lister_.count(); }

  std::optional<RecordPlace> go_to(const RecordPlace& behind, int64_t most) override {
    piece_ = lister_.page(behind, most);
    if (static_cast<int64_t>(piece_.size()) < most) return std::nullopt;
    return piece_.back();
  }

  void tell(const ShownSink& sink) override {
    for (const auto& [record, row] : piece_) {
      if (lister_.is_unsure(row) && !holds_in_a_field(records_, row, text_)) continue;
      const auto* shown = records_.shown(row, limits::kListedBytesMax);
      if (shown != nullptr) sink(*shown);
    }
  }

 private:
  const std::string text_;
  RecordLister lister_;
  SeenRecords records_;
  std::vector<RecordPlace> piece_;
};

}  // namespace

bool SqliteQueries::list_placed(const RecordFilter& filter, const std::optional<DeviceId>& held_by,
                                const PlacedSink& sink, int64_t* all, ListEnd* end) const {
  Statement waiting(database_,
                    "SELECT " + std::string(kWaiting) + " FROM records WHERE record_id = ?2");
  Telling telling(database_, filter);
  if (all != nullptr) *all = telling.lister().count();
  const bool more = telling.run([&](const RecordPlace& at) {
    auto line = telling.records().line(at.number, limits::kListedBytesMax);
    if (!line) return false;
    if (held_by) (*line)["held"] = waiting.with(*held_by, at.number).number_or(0) == 0;
    sink(at, *std::move(line));
    return true;
  });
  if (end != nullptr) *end = telling.end();
  return more;
}

std::unique_ptr<ShownPieces> SqliteQueries::shown_pieces(const RecordFilter& filter) const {
  return std::make_unique<PiecesOfList>(database_, filter);
}

int64_t SqliteQueries::count_records(const RecordFilter& filter, ListEnd* end) const {
  RecordFilter all = filter;
  all.limit = -1;
  all.bytes_max = SIZE_MAX;
  Telling telling(database_, all);
  int64_t out = 0;
  if (!telling.lister().any_unsure()) {
    out = telling.lister().count();
  } else {
    telling.run([&out](const RecordPlace&) {
      ++out;
      return true;
    });
  }
  if (end != nullptr) *end = telling.end();
  return out;
}

std::map<BookCode, int64_t> SqliteQueries::count_by_unit(const RecordFilter& filter) const {
  RecordSearch search(database_);
  Statement code(database_, "SELECT code FROM books WHERE book_id = ?1");
  std::map<BookCode, int64_t> out;
  for (const auto& [book_id, records] : search.by_book(search.find(filter))) {
    code.with(book_id);
    if (code.step()) out.emplace(code.text(0), records);
    code.restart();
  }
  return out;
}

std::optional<RecordPlace> SqliteQueries::each_state(const RecordFilter& filter,
                                                     const StateSink& sink) const {
  RecordLister lister(database_, filter);
  Statement row(database_,
                "SELECT code, record, records.form, first_entry, iif(state IS NULL, NULL,"
                " document(first_entry, state)), heads FROM records JOIN books USING (book_id)"
                " WHERE record_id = ?1 AND first_entry IS NOT NULL");
  const auto page = lister.page(filter.after, filter.limit);
  for (const RecordPlace& at : page) {
    row.with(at.number);
    if (row.step()) {
      sink(BookCode(row.text(0)), row.is_null(4) ? entry_as_state(database_, row.number(3)).state
                                                 : from_stored(row.fixed<RecordId>(1), row.text(2),
                                                               row.view(4), row.view(5)));
    }
    row.restart();
  }
  if (static_cast<int64_t>(page.size()) < filter.limit) return std::nullopt;
  return page.back();
}

std::optional<TextSegment> SqliteQueries::gather_text(size_t most) const {
  return TextSearch(database_).gather(most);
}

TextWaiting SqliteQueries::text_waiting() const {
  return TextSearch(database_).waiting();
}

// What came since then is few, and found by its numbers; all, by the index of ids, which has all
// that is asked for.
void SqliteQueries::list_ids(const BookCode& unit, const std::string& form, int64_t after,
                             const RecordId& least, const IdSink& sink) const {
  Statement rows(database_,
                 "SELECT record_id, record FROM records WHERE " +
                     std::string(after > 0 ? "record_id > ?1 AND +record >= ?4"
                                           : "+record_id > ?1 AND record >= ?4") +
                     " AND +book_id = (SELECT book_id FROM books WHERE code = ?2) AND form = ?3");
  rows.with(after, unit, form, least);
  while (rows.step()) sink(rows.number(0), rows.fixed<RecordId>(1));
}

void SqliteQueries::list_ids(int64_t after, const RecordId& least, const IdSink& sink) const {
  if (after > 0) {
    ids_after_.with(after);
    while (ids_after_.step()) sink(ids_after_.number(0), ids_after_.fixed<RecordId>(1));
    return;
  }
  Statement rows(database_, "SELECT record_id, record FROM records WHERE record >= ?1");
  rows.with(least);
  while (rows.step()) sink(rows.number(0), rows.fixed<RecordId>(1));
}

int64_t SqliteQueries::last_number() const {
  return last_number_.with().number_or(0);
}

}  // namespace sitelog
