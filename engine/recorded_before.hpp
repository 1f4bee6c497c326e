#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "campaign/validation.hpp"
#include "engine/earlier_versions.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"
#include "sync/store/store.hpp"

// Whether the same was recorded already: a file that is run once more, a button pressed twice.
namespace sitelog {

// Of why a record is void, where that is told in passing, in characters.
constexpr size_t kReasonToldMax = 200;

// A record of the same form whose author saved the same values.
struct RecordedSame {
  RecordId record;
  Instant when;
  std::string person;
  std::optional<std::string> voided = {};  // why it is void, shortened; nothing where it counts
  bool changed = false;                    // somebody said something else of it since
};

// What a new record says: its form, campaign and fields; explanations say nothing of the event.
Hash digest_of_content(const std::string& form, const std::map<std::string, Value>& values);

// A record's id that carries a mark of its content (24 bits), so that records with the same content
// are found by their ids alone; all but those bits stay as they were drawn (RFC 9562, version 8).
RecordId marked(RecordId id, const Hash& digest);

// Which marks the ids of a store's records carry, as far as they were drawn lately: asked before
// any record is looked for, so that recording one takes no longer where many were recorded that
// day. Keeps some bits of each mark, so it says yes too often, but never no of what is there. Lives
// as long as its store, on the store's thread.
class RecentMarks {
 public:
  // Whether an id drawn from `since` on, by its device's clock, may carry this mark.
  bool may_hold(const Queries& queries, uint32_t mark, Instant since);
  // The id of a record that is saved now carries it.
  void add(uint32_t mark);

 private:
  void read_anew(const Queries& queries, Instant since);

  std::vector<bool> bits_;  // a power of two, or none
  size_t added_ = 0;        // of them, since all were read
  int64_t seen_ = 0;        // the last record that was
  Instant since_;           // what they are complete from
};

// The records of one book by the marks of their ids; where their campaign has several versions also
// by what their authors said, whatever the version they said it in (EarlierVersions). Lives for one
// asking, on the store's thread.
class RecordedBefore {
 public:
  // Compares with all, as of the last `look`.
  explicit RecordedBefore(BookCode book) : book_(std::move(book)) {}
  // Compares with those whose ids were drawn from `since` on, by the clocks of their devices, in
  // the version that is in force, and needs no `look`.
  RecordedBefore(BookCode book, RecentMarks& recent, Instant since)
      : book_(std::move(book)), recent_(&recent), since_(since) {}

  // Learns of the records that came since the last time, whoever wrote them; called in each
  // transaction that asks.
  void look(Store& store, const std::string& form);
  // The same beside all writing, so that there are few left: what `queries` sees.
  void look(const Queries& queries, const std::string& form);
  // Likewise of what earlier versions of the campaign said, which has to be read in a transaction:
  // in several, each until then. Whether all is read.
  bool read_versions(Store& store, const Definition& definition, const std::string& form,
                     std::chrono::steady_clock::time_point until);
  // A record whose author saved what `checked` says, with its campaign, and `digest` is of; one
  // that was voided since only where there is no other.
  std::optional<RecordedSame> find(Store& store, const Definition& definition,
                                   const Checked& checked, const Hash& digest);
  // Saved just now, by whoever asks.
  void add(const Hash& digest, const RecordedSame& saved);

 private:
  using Says = std::function<bool(const Entry&)>;

  // What is told of a record, where an author of it `says` the same.
  std::optional<RecordedSame> judge(Store& store, const std::string& form, const RecordId& id,
                                    const Says& says);
  std::optional<RecordedSame> find_marked(Store& store, const std::string& form,
                                          const Hash& digest);
  std::optional<RecordedSame> find_in_any_version(Store& store, const Definition& definition,
                                                  const Checked& checked);

  const BookCode book_;
  RecentMarks* const recent_ = nullptr;
  const Instant since_ = {0};
  int64_t seen_ = 0;
  std::unordered_multimap<uint32_t, RecordId> by_mark_;
  std::map<Hash, RecordedSame> own_;
  std::set<RecordId> own_ids_;
  std::optional<EarlierVersions> earlier_;
  int64_t core_seen_ = 0;
  std::vector<RecordId> core_unread_;      // of those that were seen
  std::multimap<Hash, RecordId> by_core_;  // once it is needed
};

}  // namespace sitelog
