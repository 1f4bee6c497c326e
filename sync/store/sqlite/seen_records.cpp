#include "sync/store/sqlite/seen_records.hpp"

#include <array>

#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kLineBytes = 4096;  // most need no more

// A line that says what record it is, and that it says too much. Its parts live by themselves, so
// that the whole is given back.
json::object without_content(const json::object& line, size_t bytes) {
  json::object out;
  for (const char* name :
       {"record", "unit", "form", "campaign", "parallel", "created", "changed", "seen"}) {
    if (const auto* value = line.if_contains(name)) out[name] = *value;
  }
  out["fields"] = json::object();
  out["conflicts"] = json::array();
  const json::object& review = line.at("review").as_object();
  json::object& verdict = out["review"].emplace_object();
  for (const char* name : {"state", "changed_since", "waiting", "by"}) {
    if (const auto* value = review.if_contains(name)) verdict[name] = *value;
  }
  if (line.contains("void")) out["void"] = true;
  out["too_large"] = static_cast<int64_t>(bytes);
  return out;
}

// What the reserved field says, where it is told.
void take_reserved(std::string_view field, const Value& value, ShownRecord& out) {
  if (value.is_cleared()) return;
  if (field == kFieldVoid) {
    out.voided = true;
    if (const auto* why = value.text()) out.why_void = *why;
  }
  if (field.starts_with(kExplainPrefix)) {
    out.explanations.emplace_back(field.substr(kExplainPrefix.size()), value);
  }
}

// Whether what the reserved field says is told as it stands; of others there is more to it.
bool is_told(std::string_view field) {
  return field == kFieldCampaign || field == kFieldVoid || field.starts_with(kExplainPrefix);
}

// The fields in the memory of what was told before. False where more than they is to be asked.
bool take_plain(const PlainEntry& entry, ShownRecord& out) {
  size_t count = 0;
  for (const auto& [field, value] : entry.fields) {
    if (is_reserved_field(field)) {
      if (!is_told(field)) return false;
      Value said;
      value.put(said);
      take_reserved(field, said, out);
    } else if (value.kind != PlainValue::Kind::kCleared) {
      if (count == out.fields.size()) out.fields.emplace_back();
      auto& [name, said] = out.fields[count++];
      name.assign(field);
      value.put(said);
    }
  }
  out.fields.resize(count);
  out.person.assign(entry.person);
  return true;
}

// But for the fields, whose memory is used again.
void clear(ShownRecord& out) {
  out.explanations.clear();
  out.review = ReviewVerdict::kPending;
  out.changed_since = false;
  out.in_conflict = false;
  out.waits_at.clear();
  out.voided = false;
  out.why_void.clear();
  out.person.clear();
}

void take_state(RecordState&& state, ShownRecord& out) {
  out.review = state.review().verdict;
  out.person = std::move(state.created.person);
  out.fields.reserve(state.fields.size());
  for (auto& [field, value] : state.fields) {
    if (!value.shown) continue;
    if (is_reserved_field(field)) {
      take_reserved(field, *value.shown, out);
    } else if (!value.shown->is_cleared()) {
      out.fields.emplace_back(field, std::move(*value.shown));
    }
  }
}

ReviewVerdict verdict_in(const json::object& document) {
  const auto* review = document.if_contains("review");
  if (review == nullptr) return ReviewVerdict::kPending;
  const std::string_view name = review->at("state").as_string();
  for (const ReviewVerdict verdict :
       {ReviewVerdict::kReturned, ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    if (name == name_of(verdict)) return verdict;
  }
  return ReviewVerdict::kPending;
}

bool is_changed_since(const json::object& document) {
  const auto* review = document.if_contains("review");
  return review != nullptr && review->as_object().contains("changed_since");
}

// The station at which it waits.
std::string waiting_in(const json::object& document) {
  const auto* review = document.if_contains("review");
  const auto* station = review != nullptr ? review->as_object().if_contains("waiting") : nullptr;
  if (station == nullptr) return {};
  const std::string unit(station->at("unit").as_string());
  return std::string(station->at("role").as_string()) + (unit.empty() ? "" : "@" + unit);
}

void take_document(std::string_view text, ShownRecord& out) {
  std::array<unsigned char, kLineBytes> first;
  json::monotonic_resource memory(first.data(), first.size());
  const json::value document = json::parse(text, &memory);
  const json::object& in = document.as_object();
  out.review = verdict_in(in);
  out.changed_since = is_changed_since(in);
  out.in_conflict = in.contains("conflicts");
  out.waits_at = waiting_in(in);
  out.person = std::string(in.at("created").at("person").as_string());
  for (const auto& [field, value] : in.at("fields").as_object()) {
    auto said = value_from_json(value);
    if (said && !said->is_cleared()) out.fields.emplace_back(field, std::move(*said));
  }
  const auto* reserved = in.if_contains("reserved");
  if (reserved == nullptr) return;
  for (const auto& [field, value] : reserved->as_object()) {
    if (const auto said = value_from_json(value)) take_reserved(field, *said, out);
  }
}

}  // namespace

SeenRecords::SeenRecords(Database& database)
    : database_(database),
      record_(database,
              "SELECT code, record, form, iif(state IS NULL, NULL, document(first_entry, state)),"
              " heads, state IS NULL, first_entry FROM records JOIN books USING (book_id)"
              " WHERE record_id = ?1 AND first_entry IS NOT NULL"),
      conflicts_(database,
                 "SELECT unpacked(conflict) FROM conflicts WHERE record_id = ?1 ORDER BY field"),
      shown_(database,
             "SELECT book_id, record, iif(state IS NULL, NULL, document(first_entry, state)),"
             " state IS NULL, first_entry FROM records"
             " WHERE record_id = ?1 AND first_entry IS NOT NULL"),
      book_(database, "SELECT code FROM books WHERE book_id = ?1") {}

std::string SeenRecords::seen_of_stored(int64_t record_row) {
  const BookCode unit = record_.text(0);
  const auto record = record_.fixed<RecordId>(1);
  const std::string form = record_.text(2);
  StoredRecord stored{record_.text(3), record_.text(4), {}};
  conflicts_.with(record_row);
  while (conflicts_.step()) stored.conflicts.push_back(conflicts_.text(0));
  return seen_digest(unit, digest_of(record, form, stored)).hex();
}

std::optional<boost::json::object> SeenRecords::line(int64_t record_row, size_t bytes_max) {
  std::optional<boost::json::object> out;
  record_.with(record_row);
  if (record_.step()) {
    const BookCode unit = record_.text(0);
    const auto record = record_.fixed<RecordId>(1);
    const std::string form = record_.text(2);
    // A line is made once and thrown away as a whole.
    const auto memory = json::make_shared_resource<json::monotonic_resource>(kLineBytes);
    if (record_.number(5) != 0) {
      EntryAsRecord read = entry_as_record(database_, record_.number(6), memory);
      bytes_ = read.bytes;
      out.emplace(record_line(unit, record, form, std::move(read.document)));
      (*out)["seen"] = seen_digest(unit, digest_of(record, form, read.name)).hex();
    } else {
      bytes_ = record_.view(3).size();
      json::value document = json::parse(record_.view(3), memory);
      out.emplace(record_line(unit, record, form, std::move(document.as_object())));
      (*out)["seen"] = seen_of_stored(record_row);
    }
  }
  record_.restart();
  if (out && bytes_ > bytes_max) return without_content(*out, bytes_);
  return out;
}

const BookCode& SeenRecords::book_code(int64_t book_id) {
  const auto [at, added] = codes_.try_emplace(book_id);
  if (added) {
    book_.with(book_id);
    if (book_.step()) at->second = book_.text(0);
    book_.restart();
  }
  return at->second;
}

void SeenRecords::take_entry(int64_t entry_id) {
  const std::string_view bytes = stored_bytes(database_, entry_id);
  bytes_ = bytes.size();
  if (read_plain(as_bytes(bytes), plain_) && take_plain(plain_, out_)) return;
  clear(out_);
  out_.fields.clear();
  take_state(entry_as_state(database_, entry_id).state, out_);
}

const ShownRecord* SeenRecords::shown(int64_t record_row, size_t bytes_max) {
  shown_.with(record_row);
  if (!shown_.step()) {
    shown_.restart();
    return nullptr;
  }
  clear(out_);
  if (shown_.number(3) != 0) {
    take_entry(shown_.number(4));
  } else {
    bytes_ = shown_.view(2).size();
    out_.fields.clear();
    take_document(shown_.view(2), out_);
  }
  out_.unit = book_code(shown_.number(0));
  out_.record = shown_.fixed<RecordId>(1);
  shown_.restart();
  if (bytes_ > bytes_max) {
    out_.fields.clear();
    out_.explanations.clear();
    out_.why_void.clear();
  }
  return &out_;
}

std::string SeenRecords::seen(int64_t record_row) {
  record_.with(record_row);
  std::string out = record_.step() ? seen_of_stored(record_row) : std::string();
  record_.restart();
  return out;
}

}  // namespace sitelog
