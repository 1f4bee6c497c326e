#pragma once

// Internal to store: what its queries share.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/store/queries.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Those that are no campaign's (is_of_campaigns).
inline constexpr std::string_view kSystemForms =
    "('unit', 'campaign', 'grant', 'policy', 'clock', '@account', '@person', '@people')";
// Those of the index record_states, by which SQLite takes it.
inline constexpr std::string_view kIndexedForms =
    "('unit', 'campaign', 'grant', 'policy', 'clock')";

// The setting that says by which rules what is here was judged; without it by rules 1.
inline constexpr const char* kJudgedByKey = "judged_by";
uint64_t read_judged_by(Database& database);
// Leaves out the record that says which rules hold, which is nobody's to list.
inline constexpr std::string_view kNotTheRules = "NOT (code = 'root' AND form = 'rules')";

std::string quoted(const std::string& text);
// "code IN (…)"; true where there is none, which means all.
std::string among(const std::vector<BookCode>& units);
// The same of rows that have `records.list_id` too.
std::string among(const Within& within);
// A stored document as people and tools are shown it; its parts live where the document's do.
boost::json::object record_line(const BookCode& unit, const RecordId& record,
                                const std::string& form, boost::json::object document);

}  // namespace sitelog
