#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sitelog {

// Room for the bodies of requests, from their first byte until they are worked off, by what they
// really hold. A small part of each has room always: it is set aside for every connection there may
// be. Beyond that there is so much for all, and of one account so much; where all is taken whoever
// holds the most gives way to who holds less. A policy without sockets, on one thread.
class BodyRoom {
 public:
  struct Limits {
    size_t always = 0;  // of each body
    size_t all = 0;     // of all, beyond it
    size_t of_one = 0;  // of one account, likewise
  };
  explicit BodyRoom(Limits limits) : limits_(limits) {}

  enum class Verdict { kFits, kTooMuchOfOne, kTooMuchOfAll };
  struct Grown {
    Verdict verdict = Verdict::kFits;
    std::vector<uint64_t> give_way = {};  // bodies that go for it; they have left
  };
  // A body, new or known, holds so many bytes now; where it does not fit it has left.
  Grown hold(uint64_t body, const std::string& whose, size_t bytes);
  // All of it came: it gives way to nobody any more.
  void is_whole(uint64_t body);
  // Again, or one that is not there: does nothing.
  void leave(uint64_t body);
  // Whether a body of so many bytes would be too much of this account's just now.
  bool has_room(const std::string& whose, size_t bytes) const;
  size_t held() const { return held_; }  // beyond what has room always

 private:
  struct Body {
    std::string whose;
    size_t bytes = 0;
    bool whole = false;
  };
  size_t beyond(size_t bytes) const { return bytes > limits_.always ? bytes - limits_.always : 0; }
  size_t of(const std::string& whose) const;
  bool give_way(const std::string& whose, size_t own, std::vector<uint64_t>& gone);

  const Limits limits_;
  std::map<uint64_t, Body> bodies_;  // that hold more than what has room always
  std::map<std::string, size_t> of_one_;
  size_t held_ = 0;
};

}  // namespace sitelog
