#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// Who has which record open just now, so that two who are about to judge the same one see each
// other. In memory alone, of each account one record at most, of limits::kLookersMax accounts; what
// is not said again within limits::kLookingTime is over. Any thread; time comes in.
class Lookers {
 public:
  using Clock = std::chrono::steady_clock;
  struct Place {
    BookCode unit;
    std::string form;
    RecordId record;
    std::string campaign;
    bool operator==(const Place&) const = default;
  };

  // From now on the account looks at this alone; nothing: at none. The others who look at it.
  std::vector<std::string> look(const std::string& account, std::optional<Place> place,
                                Clock::time_point now);

  struct Told {
    std::string account;
    Place place;
    bool left = false;
  };
  // What is to be told since it was asked last: who looks, also where they say so again, and who
  // does no more. However often an account moved in between, one it left and one it looks at.
  std::vector<Told> take(Clock::time_point now);

 private:
  struct Look {
    std::optional<Place> place, told;
    Clock::time_point until{};
    bool said_again = false;
  };
  void end_old(Clock::time_point now);
  void make_room();

  std::mutex mutex_;  // guards what is below
  std::map<std::string, Look> looks_;
};

}  // namespace sitelog
