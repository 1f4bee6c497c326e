#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "sync/session/session.hpp"
#include "tests/fuzz/choices.hpp"

namespace sitelog::fuzz {

// One end of a connection: a replica of any kind, with its session.
struct PlayEnd {
  Replica* replica = nullptr;
  DeviceId own;
  Peer peer;                                      // the other end
  std::function<void(const std::string&)> write;  // one entry more in the own stream of u1

  std::unique_ptr<Session> session;
  std::deque<Message> arriving;  // what the other end said in earnest
  std::map<BookCode, VersionVector> held;
  size_t received = 0;
};

inline constexpr const char* kPlayBook = "u1";

// Plays the story that `choices` tell between a site and headquarters: what either says in earnest
// arrives, twice or never, people write, time passes, and messages arrive that the other end never
// said. Whatever comes, nothing held is lost, what is sent is within the limits, and the next
// connection in good order leaves both ends with the same.
void play(Choices& choices, PlayEnd& site, PlayEnd& headquarters);

}  // namespace sitelog::fuzz
