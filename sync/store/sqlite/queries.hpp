#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/store/sqlite/sqlite.hpp"

// Reading a store: for the writing connection or one that only reads. JSON objects are what
// commands print as lines.
namespace sitelog {

using LineSink = std::function<void(boost::json::object)>;

struct RecordFilter {
  std::vector<BookCode> units;  // empty: all
  std::string form;             // empty: all but the system's own
  std::string campaign;
  std::string review;             // pending, returned, accepted, refused
  bool in_conflict = false;       // only those
  std::optional<RecordId> after;  // only those behind it in the order of their ids
  int64_t limit = -1;             // records with one id are not parted, so a few may come on top
};

// {"record","unit","form","campaign","fields","review":{"state",…},"conflicts":[field…],"created",
// "changed"} and where they apply "void","explanations","parallel"; with `held_by` also "held":
// whether that device has acknowledged every entry. In the order of their ids, which is about that
// of their making and the same on every replica.
void list_records(Database& database, const RecordFilter& filter,
                  const std::optional<DeviceId>& held_by, const LineSink& sink);

struct FoundRecord {
  int64_t row = 0;
  BookCode unit;
  RecordId record;
  std::string form;
};
// By a record's id, or its first or last hexadecimal digits, at least four. Refuses kUnknownRecord,
// also where several ids are like that.
Result<FoundRecord> find_record(Database& database, std::string_view id_part);

// The record as listed, with "conflicts" in full, "entries" (each with what it assigned, by whom,
// when, where it came from, whether it is in quarantine), "history" (the same by field, each with
// "state": stands, replaced or quarantined) and "held_since".
boost::json::object show_record(Database& database, const FoundRecord& found,
                                const DeviceId& headquarters,
                                const std::optional<DeviceId>& held_by);

// {"record","unit","field","shown","policy","candidates":[{"value","device","person","wall",
// "stream","number","role","entry"}]}
void list_conflicts(Database& database, const std::vector<BookCode>& units, const LineSink& sink);

// {"unit","record","device","stream","number","entry","reason","text","args"}
void list_quarantine(Database& database, const std::vector<BookCode>& units, const LineSink& sink);

// {"device","unit","name","key","granted","revoked","contact","entries","held"}: grants of all
// books; `contact` is when it was last met (Unix ms) or null.
void list_devices(Database& database, const std::vector<BookCode>& units, const LineSink& sink);

struct BookTally {
  BookCode unit;
  Tally tally;
};
std::vector<BookTally> read_tallies(Database& database, const std::string& campaign);

struct BookStatus {
  BookCode unit;
  int64_t entries = 0;
  int64_t own = 0;   // of `device`
  int64_t held = 0;  // of those, acknowledged by `held_by`
  int64_t records = 0;
  int64_t conflicts = 0;
  int64_t quarantined = 0;
  std::string book_digest;
  std::string state_digest;
  std::optional<int64_t> held_since_ms;  // when the last of them was acknowledged
};
std::vector<BookStatus> read_status(Database& database, const DeviceId& device,
                                    const std::optional<DeviceId>& held_by);

// A setting the store keeps under a name; nothing where it is not set.
std::optional<std::string> read_meta(Database& database, const std::string& key);

}  // namespace sitelog
