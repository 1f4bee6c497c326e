#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sitelog {

// What others tried in somebody's name and were refused, to be told to whose account it is when
// they sign in next; and when they were in before. In memory, and after a start as far as the audit
// list's last file says it. Bounded by the number of accounts. Any thread.
class RefusedTries {
 public:
  struct From {
    std::string address;
    uint64_t count = 0;
    int64_t last_ms = 0;  // Unix time
  };
  struct Told {
    uint64_t count = 0;
    std::vector<From> from = {};  // the last limits::kTriesToldFrom addresses, the latest first
    // The sign-in before; 0 where none is known.
    int64_t signed_in_ms = 0;
    std::string signed_in_from = {};
  };

  void refused(const std::string& account, const std::string& from, int64_t at_ms);
  // They are in: what is told to them, and is told until they sign in again.
  Told signed_in(const std::string& account, const std::string& from, int64_t at_ms);
  // What was told then, and what has been refused since.
  Told told(const std::string& account) const;

 private:
  struct OfAccount {
    Told told;  // at the last sign-in
    Told since;
  };
  static void add(Told& to, const std::string& from, uint64_t count, int64_t at_ms);

  mutable std::mutex mutex_;
  std::map<std::string, OfAccount> accounts_;
};

boost::json::object to_json(const RefusedTries::Told& told);

}  // namespace sitelog
