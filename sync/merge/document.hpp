#pragma once

#include <boost/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sync/merge/forms.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

// Values as JSON: texts, integers, true/false, lists of texts, objects; cleared is null.
// `memory` is where the parts live.
boost::json::value to_json(const Value& value, boost::json::storage_ptr memory = {});
// Nothing where JSON holds what a value can't (fractions, lists of anything but texts).
std::optional<Value> value_from_json(const boost::json::value& json);

// A merged record as the store keeps it. The same state gives the same bytes on every replica.
struct StoredRecord {
  std::string state;                   // JSON document, see docs/merge.md
  std::string heads;                   // binary: heads of each field, tips
  std::vector<std::string> conflicts;  // JSON, one for each field in conflict, ascending by field
};

// Whether a record is kept as its only entry, which says all, without a document. The system's own
// records, which are read again and again, have one.
inline bool kept_as_entry(const std::string& form, bool only_entry) {
  return only_entry && !is_system_form(form);
}

// The JSON document alone.
std::string document_of(const RecordState& state);
// The same before it is a text. `memory` is where its parts live.
boost::json::object document_object(const RecordState& state, boost::json::storage_ptr memory);
StoredRecord to_stored(const RecordState& state, const BookCode& book);
// Bytes that `to_stored` did not make.
class DamagedDocument : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The inverse, but that conflicts come back without their candidates: enough to extend a record
// and to compose its next entry. Throws DamagedDocument.
RecordState from_stored(const RecordId& record, const std::string& form, std::string_view state,
                        std::string_view heads);

// The values alone, as the document says them, without what tells where they come from: to be read,
// not to be changed.
RecordState shown_from_stored(const RecordId& record, const std::string& form,
                              std::string_view state);

// What a record adds to its book's state digest: over what the store keeps of it, or, where it
// keeps no more than which entry says all, over that entry's name.
Hash digest_of(const RecordId& record, const std::string& form, const StoredRecord& stored);
Hash digest_of(const RecordId& record, const std::string& form, const EntryName& only_entry);

// What a record comes to for somebody who is shown it: its values with all candidates,
// explanations, voiding, review. Over its unit and what it adds to its book's state digest, so the
// same on every replica that holds the same.
Hash seen_digest(const BookCode& unit, const Hash& digest);
// The same from all its entries, at least one.
Hash seen_digest(const BookCode& unit, const std::vector<HistoryEntry>& history,
                 const Policies& policies);

// One candidate as listed: value, device, person, wall, stream, number, role, entry.
boost::json::object to_json(const Candidate& candidate, const BookCode& book);

boost::json::object to_json(const Station& station);  // role, unit
boost::json::object to_json(const Review& review);
// A station of a chain, what it said, of which explanations, and who spoke in its place.
boost::json::object to_json(const StationSaid& station);

}  // namespace sitelog
