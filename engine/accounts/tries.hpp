#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace sitelog {

// How long who gave wrong passwords has to wait. By account and address together: nobody is kept
// out of their account by what a stranger does elsewhere, nor by what others do with theirs. A
// policy; times come in. Any thread.
class Tries {
 public:
  using Clock = std::chrono::steady_clock;

  // How long until the next try is looked at; 0: now. Takes a place of the address' own.
  std::chrono::seconds wait(const std::string& account, const std::string& address,
                            Clock::time_point now);
  void failed(const std::string& account, const std::string& address, Clock::time_point now);
  void succeeded(const std::string& account, const std::string& address);

 private:
  // The address, and what the account's name looks like: as names are found, whether there is
  // such an account or not.
  using Pair = std::pair<std::string, std::u32string>;
  struct Wrong {
    int tries = 0;
    Clock::time_point until{};  // the next is looked at
  };
  struct Address {
    double tries = 0;  // wrong ones that count still
    Clock::time_point at{};
  };
  double still_counts(const Address& address, Clock::time_point now) const;
  void forget_some(Clock::time_point now);

  std::mutex mutex_;
  std::map<Pair, Wrong> wrong_;
  std::map<std::string, Address> addresses_;
  std::set<Pair> known_;  // have signed in from there
};

}  // namespace sitelog
