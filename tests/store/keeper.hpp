#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/test_device.hpp"

namespace sitelog {

// What keeps entries and what follows from them.
enum class Kind { kSqlite, kMemory };

// A site's store under test, whatever keeps it: entries go in as batches, and what it shows comes
// out as text, the same for the same entries.
class Keeper {
 public:
  virtual ~Keeper() = default;
  virtual Replica& replica() = 0;
  // One transaction; it is undone where `keep` is false.
  virtual void transact(const std::function<void()>& change, bool keep = true) = 0;
  virtual Result<bool> erase(const BookCode& book, const EntryPlace& entry) = 0;
  // Forgets what is held in memory alone.
  virtual void reopen() = 0;

  virtual size_t entries(const BookCode& book) = 0;
  // Records, conflicts, quarantine and tallies (see shown_of).
  virtual std::vector<std::string> shown(const BookCode& book) = 0;
  virtual std::string state_digest(const BookCode& book) = 0;
  // Problems found when everything is worked out again, one a line.
  virtual std::string verified() = 0;

  Result<Tip> append(const Peer& from, const Batch& batch);
};

// `headquarters` outlives it.
std::unique_ptr<Keeper> make_keeper(Kind kind, VirtualClock& clock, uint64_t seed,
                                    const TestDevice& headquarters, const BookCode& unit);

// All that `from` holds of a book, stream by stream.
std::vector<Batch> all_of(Replica& from, const BookCode& book);

}  // namespace sitelog
