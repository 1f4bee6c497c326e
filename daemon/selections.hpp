#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/store/queries.hpp"

namespace sitelog {

namespace limits {

// Of selections: what one may hold, those of one account and all of them (some 60 MB), how many
// there are of one account and in all, how long each is kept.
inline constexpr size_t kSelectedMax = 20'000;
inline constexpr size_t kSelectedOfOneMax = 40'000;
inline constexpr size_t kSelectedInAllMax = 200'000;
inline constexpr size_t kSelectionsOfOneMax = 8;
inline constexpr size_t kSelectionsMax = 256;
inline constexpr int64_t kSelectionHoursMax = 12;

}  // namespace limits

// Records as they were at one moment, picked to be decided about together, and what became of each.
// Shared by those who ask about it; `mutex` guards what changes.
struct Selection {
  enum class State : uint8_t { kWaiting, kReviewed, kUnchanged, kLeftOut };
  struct Row {
    FoundRecord record;
    Hash seen;  // what it was
    State state = State::kWaiting;
    Refusal why = {};  // where it was left out
  };
  std::string id;
  std::string account;  // whose it is; empty: whoever sits at the folder
  int64_t made_ms = 0;
  std::mutex mutex;
  bool at_work = false;  // somebody reviews it
  std::vector<Row> rows;
};

// Those of a headquarters, in memory: they end with the program. Each is its account's alone. Times
// come in. Any thread.
class Selections {
 public:
  // Where the account has too many its eldest makes room; where all have, the eldest of whoever has
  // the most: nobody's go for what others keep. What somebody works at stays.
  std::shared_ptr<Selection> keep(const std::string& account, std::vector<Selection::Row> rows,
                                  int64_t now_ms);
  // Nothing where it is not there, another's, or too old.
  std::shared_ptr<Selection> find(const std::string& account, const std::string& id,
                                  int64_t now_ms);

 private:
  void expire(int64_t now_ms);
  struct Share {
    size_t number = 0, rows = 0;
  };
  std::map<std::string, Share> shares() const;
  bool drop_eldest_of(const std::string& account);
  void make_room(const std::string& account, size_t rows);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Selection>> selections_;  // by id
  std::deque<std::string> order_;                                 // the eldest first
};

}  // namespace sitelog
