#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/merge/judging_rules.hpp"
#include "sync/store/shown_record.hpp"
#include "sync/store/text_segment.hpp"

namespace sitelog {

// Where a record stands among all: ascending by its id; of one id, in an order that this store
// alone has, by the number that it knows the record by. {}: before all. A value.
struct RecordPlace {
  RecordId record;
  int64_t number = 0;
  bool operator==(const RecordPlace&) const = default;
  // Behind all that have this id.
  static RecordPlace behind_all(const RecordId& record) { return {record, INT64_MAX}; }
};

using LineSink = std::function<void(boost::json::object)>;
using PlacedSink = std::function<void(const RecordPlace& at, boost::json::object)>;
using ShownSink = std::function<void(const ShownRecord&)>;
using IdSink = std::function<void(int64_t number, const RecordId& record)>;

// Records of some units and of some campaigns.
struct RecordsOf {
  std::vector<BookCode> units = {};      // empty: all
  std::string campaign = {};             // empty: any, and none
  std::vector<std::string> except = {};  // but none of these
  bool operator==(const RecordsOf&) const = default;
};
// What any of them has; without one, all.
using Within = std::vector<RecordsOf>;

struct RecordFilter {
  std::vector<BookCode> units;  // empty: all
  std::string form;             // empty: all
  std::string campaign;
  std::string review;           // pending, returned, accepted, refused
  bool changed = false;         // only what was changed since its review
  bool in_conflict = false;     // only those
  RecordPlace after = {};       // only those behind it
  int64_t limit = -1;           // below 0: all
  size_t bytes_max = SIZE_MAX;  // none more where they come to so many
  // Of the field that the record's campaign has for it.
  std::string kind = {}, level = {}, status = {};
  std::optional<bool> voided = {};     // those that are void; those that aren't
  std::string person = {};             // who made it or changed it last
  std::vector<DeviceId> devices = {};  // on one of these
  uint32_t day_from = 0, day_to = 0;   // of a day between; day_number, 0: without end
  uint32_t changed_since = 0;          // the last change; Unix seconds by the clock that wrote it
  // May be unexplained (Listing::unusual), or too large for a line; as is what lies behind this
  // day.
  std::optional<uint32_t> unusual_on = {};
  std::string waits_for = {};              // a role: it waits at one of its stations
  std::vector<std::string> waits_at = {};  // at one of these stations (text_of)
  bool to_send = false;                    // for its unit to send to stations
  Within within = {};
  // Also those that are no campaign's (is_of_campaigns), for who reads what they say: they are
  // nobody's to list.
  bool of_the_system = false;
  // Only where a field holds this, which is `folded` (sync/merge/text_pairs.hpp). Where the store
  // can't say whether one does it looks at it: at so many at most. `looked_max` below 0: at all.
  std::string text = {};
  int64_t looked_max = -1;
};

// How telling a list ended.
struct ListEnd {
  bool at_most = false;                       // of those counted some may not hold the text
  bool cut = false;                           // as many were looked at as were to be
  std::optional<RecordPlace> looked_at = {};  // the last one, told or not
};

// Which records are meant. What is empty says nothing.
struct RecordsNamed {
  std::vector<BookCode> units = {};
  std::string form = {};
  std::string id = {};  // whole, or its last hexadecimal digits, at least four
  Within within = {};
};

struct FoundRecord {
  BookCode unit;
  RecordId record;
  std::string form;
};

// A grant as it stands. Its record's id is the device's.
struct KnownGrant {
  BookCode unit;
  DeviceId device;
  std::string name;
  bool revoked = false;
  bool held_up = false;  // and that for having brought too much
};

// How far streams were looked at, by numbers that this store alone knows.
using StreamPositions = std::map<int64_t, int64_t>;

// A record of which entries speak that came since then. Without a form: more of the unit's than
// were to be told one by one.
struct TouchedRecord {
  BookCode unit = {};
  RecordId record = {};
  std::string form = {};
  std::string campaign = {};
  std::string review = {};  // as it is listed (sync/merge/listed_review)
  bool in_conflict = false;
};

struct BookTally {
  BookCode unit;
  Tally tally;
};

struct BookStatus {
  BookCode unit;
  int64_t entries = 0;
  int64_t own = 0;   // of `device`
  int64_t held = 0;  // of those, acknowledged by `held_by`
  int64_t records = 0;
  int64_t pending = 0;  // of those, not reviewed yet
  int64_t changed = 0;  // of those, changed since their review
  int64_t to_send = 0;  // of those, for the unit to send to stations
  int64_t conflicts = 0;
  int64_t quarantined = 0;
  std::string book_digest;
  std::string state_digest;
  std::optional<int64_t> held_since_ms;  // when the last of them was acknowledged
};

// The records that a filter means, for tables, in the order of their ids and piece by piece:
// several of these, each of a moment of its own, tell what follows upon what another has told. Not
// for two threads at once.
class ShownPieces {
 public:
  virtual ~ShownPieces() = default;
  // Of all, wherever it stands; at most, where texts have to be looked at.
  virtual int64_t count() = 0;
  // Goes to the next `most` of them behind this place. Behind where more may follow; nothing where
  // none do.
  virtual std::optional<RecordPlace> go_to(const RecordPlace& behind, int64_t most) = 0;
  // Tells these.
  virtual void tell(const ShownSink& sink) = 0;
};

// Reading what a store holds, whatever keeps it. Asks for nothing that isn't merged yet: inside a
// transaction Store::flush comes first. JSON objects are what commands print as lines. Throws
// StoreError where what is kept can't be read. Not for two threads at once.
class Queries {
 public:
  virtual ~Queries() = default;

  // {"record","unit","form","campaign","fields","review":{"state",…},"conflicts":[field…],
  // "created","changed","seen": seen_digest} and where they apply "void","explanations","parallel";
  // with `held_by` also "held": whether that device has acknowledged every entry. One that says
  // more than fits a line (limits::kListedBytesMax) is told as "too_large": its bytes, without its
  // fields, conflicts, explanations and remarks. In the order of their ids, which is about that of
  // their making and the same on every replica. False where no more follow what was told.
  // `all`: how many it would tell without a limit; where `end` says so, at most.
  virtual bool list_placed(const RecordFilter& filter, const std::optional<DeviceId>& held_by,
                           const PlacedSink& sink, int64_t* all = nullptr,
                           ListEnd* end = nullptr) const = 0;
  bool list_records(const RecordFilter& filter, const std::optional<DeviceId>& held_by,
                    const LineSink& sink, int64_t* all = nullptr, ListEnd* end = nullptr) const {
    return list_placed(
        filter, held_by,
        [&sink](const RecordPlace&, boost::json::object line) { sink(std::move(line)); }, all, end);
  }

  // The same records for tables; of what a filter says about how many, nothing counts. Of the
  // moment of this, and gone before it.
  virtual std::unique_ptr<ShownPieces> shown_pieces(const RecordFilter& filter) const = 0;

  // The same number alone; of those that hold a text, where they have to be looked at for it, of as
  // many as are looked at: then `end` says that it was cut.
  virtual int64_t count_records(const RecordFilter& filter, ListEnd* end = nullptr) const = 0;

  // The same of each unit that has any; of how many a filter says nothing counts, nor of texts.
  virtual std::map<BookCode, int64_t> count_by_unit(const RecordFilter& filter) const = 0;

  // The same records as they are merged, at most `filter.limit`, behind `filter.after`; the last of
  // them, or nothing where none follow.
  using StateSink = std::function<void(const BookCode& unit, const RecordState&)>;
  virtual std::optional<RecordPlace> each_state(const RecordFilter& filter,
                                                const StateSink& sink) const = 0;

  // The next records to be put into the index of texts, at most so many; nothing where all are in
  // it. How many are not.
  virtual std::optional<TextSegment> gather_text(size_t most) const = 0;
  virtual TextWaiting text_waiting() const = 0;

  // Of the records of a form in a book, merged or not, those that came to be kept after the one
  // numbered `after` (0: all), in no order: their numbers, which this store alone knows, and ids.
  // Only ids from `least` on.
  virtual void list_ids(const BookCode& unit, const std::string& form, int64_t after,
                        const RecordId& least, const IdSink& sink) const = 0;
  // The same of all books and forms, where `after` is not 0 whatever their ids.
  virtual void list_ids(int64_t after, const RecordId& least, const IdSink& sink) const = 0;
  // The number of the last record that came to be kept; 0 where there is none.
  virtual int64_t last_number() const = 0;

  // The merged records of these units (of all: none is named) of which entries speak that came
  // since `looked_at`, which is brought up to now: at most `most` of each unit. Streams that it
  // does not know are looked at from their beginning.
  virtual void list_touched(const std::vector<BookCode>& units, size_t most,
                            StreamPositions& looked_at,
                            const std::function<void(const TouchedRecord&)>& sink) const = 0;

  // At most `most` of them, ascending by id. Part of an id is looked for among all ids.
  virtual std::vector<FoundRecord> find_records(const RecordsNamed& named, size_t most) const = 0;

  // Where in the order of lists it stands. `found` is in the store.
  virtual RecordPlace place_of(const FoundRecord& found) const = 0;

  // As listed. `found` is in the store.
  virtual boost::json::object record(const FoundRecord& found) const = 0;

  // The record as listed, with "conflicts" in full, "entries" (each with what it assigned, by whom,
  // when, where it came from, whether it is in quarantine), "history" (the same by field, each with
  // "state": stands, replaced or quarantined) and "held_since". `found` is in the store.
  virtual boost::json::object show_record(const FoundRecord& found, const DeviceId& headquarters,
                                          const std::optional<DeviceId>& held_by) const = 0;

  // The records with a field in conflict, by their numbers, which this store alone knows; in the
  // order of their ids, and of one id in that of their numbers. Those behind `after` alone.
  virtual std::vector<int64_t> in_conflict(const Within& within,
                                           const RecordPlace& after = {}) const = 0;
  // Of the record of this number, where it is there and in conflict, each:
  // {"record","unit","form","campaign","seen","field","shown","policy","candidates":[{"value",
  // "device","person","wall","stream","number","role","entry"}]}; with "too_large" likewise:
  // without candidates and what is shown.
  virtual void list_conflicts(int64_t number, const LineSink& sink) const = 0;

  // {"unit","record","form","device","stream","number","entry","reason","text","args"}, each with
  // its number, which this store alone knows; ascending by that. At most `limit`, and those behind
  // `after`. Of a record that isn't merged no campaign is known.
  using NumberedSink = std::function<void(int64_t number, boost::json::object line)>;
  virtual void list_quarantine(const Within& within, int64_t after, int64_t limit,
                               const NumberedSink& sink) const = 0;

  // {"device","unit","name","granted","revoked","allowed","contact","entries"}: grants of all
  // books; `contact` is when it was last met (Unix ms) or null.
  virtual void list_devices(const std::vector<BookCode>& units, const LineSink& sink) const = 0;

  // Of all units' books; of this device alone, where one is given: then by an index.
  virtual std::vector<KnownGrant> grants(const std::optional<DeviceId>& of) const = 0;

  virtual std::vector<BookTally> tallies(const std::string& campaign) const = 0;

  // Every book held, ascending.
  virtual std::vector<BookStatus> status(const DeviceId& device,
                                         const std::optional<DeviceId>& held_by) const = 0;

  // Tells the catalogue of every campaign; `headquarters` founds every grant.
  virtual void teach(Catalogue& catalogue, const DeviceId& headquarters) const = 0;

  // What a record says (shown_from_stored); nothing where it isn't there.
  virtual std::optional<RecordState> record_state(const FoundRecord& named) const = 0;
  // The same of every unit, in no order.
  virtual void each_unit(const std::function<void(const RecordState&)>& visit) const = 0;
  // What staff books say of each account, ascending by book.
  virtual void each_account(
      const std::function<void(const BookCode&, const RecordState&)>& visit) const = 0;
  // The sum over a book's merged records: another one where any of them is another. Zero where the
  // book is not there.
  virtual Hash state_digest(const BookCode& book) const = 0;

  // Which rules hold, and by which what is here was judged.
  virtual RulesInForce rules() const = 0;

  // A setting the store keeps under a name; nothing where it is not set.
  virtual std::optional<std::string> meta(const std::string& key) const = 0;
};

}  // namespace sitelog
