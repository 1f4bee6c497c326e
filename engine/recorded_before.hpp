#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"
#include "sync/store/store.hpp"

// Whether the same was recorded already: a file that is run once more, a button pressed twice.
namespace sitelog {

// A record of the same form whose author saved the same values.
struct RecordedSame {
  RecordId record;
  Instant when;
  std::string person;
};

// What a new record says: its form, campaign and fields; explanations say nothing of the event.
Hash digest_of_content(const std::string& form, const std::map<std::string, Value>& values);

// A record's id that carries a mark of its content (24 bits), so that records with the same content
// are found by their ids alone; all but those bits stay as they were drawn (RFC 9562, version 8).
RecordId marked(RecordId id, const Hash& digest);

// The records of one book by the marks of their ids. Lives for one asking, on the store's thread;
// `look` is called in each transaction that asks it.
class RecordedBefore {
 public:
  explicit RecordedBefore(BookCode book) : book_(std::move(book)) {}

  // Learns of the records that came since the last time, whoever wrote them; only of those whose
  // ids were drawn from `since` on, by the clocks of their devices.
  void look(Store& store, const std::string& form, Instant since = {0});
  // A record that is not voided and whose author saved what `digest` is of.
  std::optional<RecordedSame> find(Store& store, const std::string& form, const Hash& digest);
  // Saved just now, by whoever asks.
  void add(const Hash& digest, const RecordedSame& saved);

 private:
  const BookCode book_;
  int64_t seen_ = 0;
  std::unordered_multimap<uint32_t, RecordId> by_mark_;
  std::map<Hash, RecordedSame> own_;
};

}  // namespace sitelog
