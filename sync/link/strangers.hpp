#pragma once

// Internal to link.

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace sitelog {

// Whose address that is, as far as can be told: one of IPv4, and of IPv6 the /56 that a household
// or a company gets (RFC 6177), in which it makes as many as it likes.
std::string owner_of(const boost::asio::ip::address& address);

// Who is at the port and has not proved yet who they are: so many may be inside at a time, of one
// address a part of them, and some wait at the door. One who says nothing makes room for the next;
// one who speaks has a while. Behind one address there may be a whole mine, so it is never shut
// out: who comes from there makes room for each other. A policy without sockets: times come in. On
// the I/O thread.
class Strangers {
 public:
  using Clock = std::chrono::steady_clock;
  struct Limits {
    size_t inside = 0;
    size_t inside_of_address = 0;
    size_t waiting = 0;
    size_t waiting_of_address = 0;
    Clock::duration patience{};      // with one who speaks, where others want its place
    Clock::duration waiting_time{};  // at the door
  };
  // `silent`: has said nothing so far.
  Strangers(Limits limits, std::function<bool(uint64_t id)> silent)
      : limits_(limits), silent_(std::move(silent)) {}

  enum class Where { kInside, kAtTheDoor, kTurnedAway };
  struct Arrival {
    Where where = Where::kInside;
    std::optional<uint64_t> makes_room = std::nullopt;  // has to go for it
  };
  // Ids ascend.
  Arrival arrive(uint64_t id, const std::string& address, Clock::time_point now);
  // It was told all there is to tell: it makes room as one who is silent does.
  void answered(uint64_t id);
  // It has proved who it is, or is gone.
  void leave(uint64_t id);

  // Of those at the door, who is let in now, and for whom somebody makes room: from where the
  // fewest are inside.
  std::optional<std::pair<uint64_t, Arrival>> let_in(Clock::time_point now);
  // Who has waited at the door for too long; it has left then.
  std::optional<uint64_t> give_up(Clock::time_point now);

  size_t inside() const { return inside_.size(); }
  size_t waiting() const { return waiting_.size(); }

 private:
  struct Stranger {
    std::string address;
    Clock::time_point since;
    bool answered = false;
  };
  struct Address {
    std::map<uint64_t, Stranger*> inside;  // the eldest first
    std::deque<uint64_t> waiting;
  };
  // Nothing: there is none for it.
  std::optional<Arrival> place_for(const std::string& address, Clock::time_point now);
  std::optional<uint64_t> makes_room(const Address& among, Clock::time_point now) const;
  void enter(uint64_t id, const std::string& address, Clock::time_point now);

  const Limits limits_;
  const std::function<bool(uint64_t)> silent_;
  std::map<uint64_t, Stranger> inside_, waiting_;
  std::map<std::string, Address> addresses_;
};

}  // namespace sitelog
