#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/ledger/entry.hpp"
#include "sync/ledger/stream.hpp"
#include "tests/support/test_device.hpp"

// The rules of docs/merge.md once more: as plainly as they are written there, over the whole set of
// a book's entries, without a thought of speed. Shares no code with sync/merge.
namespace sitelog::simulation::reference {

// ---- What is held

struct Row {
  std::optional<int64_t> fork_of;
  uint64_t fork_number = 0;
};

struct Held {
  EntryName name;
  StreamKey stream;
  int64_t row = 0;  // the stream's, or of a branch of it
  uint64_t number = 0;
  uint64_t bytes = 0;
  std::optional<Entry> entry;  // nothing: the bytes have no meaning here
  std::string why_not;         // the reason why it does not count; empty: it counts

  const Assignment* sets(std::string_view field) const {
    for (const Assignment& made : entry->assignments) {
      if (made.field == field) return &made;
    }
    return nullptr;
  }
};

using Entries = std::vector<const Held*>;
using RecordKey = std::pair<std::string, RecordId>;  // form, id
using Records = std::map<RecordKey, Entries>;
using Names = std::vector<EntryName>;

struct Book {
  BookCode code;
  DeviceId headquarters;
  int64_t rules = 1;  // by which it is to be judged
  std::map<int64_t, Row> rows;
  std::vector<Held> entries;  // ascending by name

  // Whether an entry is that one of a row, or comes before it in its stream.
  bool on_the_way(const Held& held, int64_t row, uint64_t number) const;

  // Those of each record for which `wanted` holds.
  template <class Wanted>
  Records records(const Wanted& wanted) const {
    Records out;
    for (const Held& held : entries) {
      if (!held.entry || !wanted(held)) continue;
      out[{held.entry->form, held.entry->record}].push_back(&held);
    }
    return out;
  }
};

// The entries of a book as a device's file holds them, judged by nobody yet.
Book read_book(TestDevice& device, const BookCode& code);

// ---- What a record shows

using Fields = std::map<std::string, Value>;

std::string text_in(const Fields& fields, std::string_view field);  // empty: no text there
int64_t integer_in(const Fields& fields, std::string_view field);   // 0: no number there

// What the book's own records lay down, and the campaigns of the common book.
struct Settings {
  int64_t rules = 1;
  std::map<DeviceId, Fields> grants, clocks;
  std::map<DeviceId, Entries> kept;  // the tips that a device's revocation keeps, of those held
  std::map<RecordId, Fields> policies;
  std::map<std::string, Fields> campaigns;

  // By the corrected wall clock, and no later than headquarters says; of the system's own forms by
  // the uncorrected.
  Instant when(const Held& held, const std::string& form) const;
  std::string policy(const std::string& form, const std::string& campaign,
                     const std::string& field) const;

 private:
  Instant by_own_clock(const Held& held) const;
};

// Which rules hold, as the judged common book says.
int64_t rules_that_hold(const Book& root);

// Judges every entry of a book by what headquarters laid down in it.
Settings lay_down(Book& book);

// What a site sent to stations, and where it stands.
struct Sending {
  std::map<std::string, Names> heads;
  std::vector<std::pair<std::string, std::string>> chain;  // role, unit
  std::string name, before;
};
std::optional<Sending> read_sending(const Value& value);

// What its review comes to.
struct Answer {
  std::string verdict = "pending";
  bool changed = false;
  std::optional<std::pair<std::string, std::string>> station = {};
  std::string remark = {}, due = {};
  std::map<std::string, std::string> remarks = {};
};

// One record, merged.
struct Merged {
  const Book& book;
  const Settings& settings;
  std::string form;
  Entries entries;  // that count; at least one
  std::map<std::string, Entries> heads;
  Fields shown;                                  // a field that waits for a person is not in it
  std::map<std::string, std::string> conflicts;  // field, policy
  std::optional<Sending> sending;                // the latest, where it counts
  Fields as_sent;                                // of it, what is another now

  Merged(const Book& in, const Settings& under, std::string of_form, Entries of);

  Entries tips() const;
  bool whole() const;
  const Held& created() const;
  const Held& changed() const;
  bool by_headquarters(const Held& held) const { return held.stream.device == book.headquarters; }

 private:
  void show(const std::string& field);
  std::optional<Value> chosen(const std::string& policy, const std::string& field,
                              const Entries& candidates) const;
  const Held* latest(const Entries& candidates) const;
  Entries parents_here(const Held& of) const;
  std::set<std::string> names_of_past() const;
  void take_sending();
  void show_stricter();
};

Answer answer_of(const Merged& merged);
// The campaign that it stands in: the one that it was sent under, where it was.
std::optional<Value> campaign_of(const Merged& merged);
// What is counted: the record as it was sent, where it was.
Fields counted(const Merged& merged);

}  // namespace sitelog::simulation::reference
