#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <memory>

#include "sync/session/session.hpp"
#include "tests/support/memory_replica.hpp"

namespace sitelog {

inline constexpr const char* kScriptBook = "u1";

// The end under test: a site that opens to headquarters, headquarters, a hub that a site opens to,
// or a site that opens to a hub.
enum class Side { kSite, kHeadquarters, kHub, kBehindHub };

// One end of a connection played by hand: what arrives is read, what the session says is expected.
// `near` is the end under test, `far` tells what the other end would say. Once the network has
// failed (`fails_at`), every further step does nothing.
class Script {
 public:
  Script(Side side, size_t fails_at);

  MemoryReplica& near() { return *near_; }
  MemoryReplica& far() { return *far_; }
  Session& session() { return *session_; }
  Peer far_peer() const;
  Peer near_peer() const;
  bool near_is_site() const { return side_ == Side::kSite || side_ == Side::kBehindHub; }
  Peer headquarters_peer() const;
  ClockReading now() const { return {{1'700'000'000'000}, 5'000, 1}; }

  void start();
  // A message arrives; made only if it does.
  void read(const std::function<Message()>& message);
  // What the session said next; `check` looks at it.
  template <class Body>
  void expect_write(const std::function<void(const Body&)>& check = {}) {
    if (!step()) return;
    REQUIRE(!written_.empty());
    const Message message = std::move(written_.front());
    written_.pop_front();
    INFO("a message of another type: " << message.index());
    REQUIRE(std::holds_alternative<Body>(message));
    if (check) check(std::get<Body>(message));
  }
  void expect_silence();
  // Something happens on this end, then it may send.
  void meanwhile(const std::function<void()>& what);
  // Looks at the session, if the network still works.
  void check(const std::function<void()>& what);
  // A fresh connection after this script would not catch up: something is refused for good.
  void never_heals() { heals_ = false; }

  // What headquarters and a site would say first.
  Welcome welcome_by_far();
  Hello hello_by_far();

  bool failed() const { return steps_ > fails_at_; }
  size_t steps() const { return steps_; }
  bool heals() const { return heals_; }
  std::optional<size_t> caught_up_at() const { return caught_up_at_; }

 private:
  bool step();
  void settle();

  Side side_;
  size_t fails_at_;
  size_t steps_ = 0;
  bool heals_ = true;
  std::optional<size_t> caught_up_at_;
  std::unique_ptr<MemoryReplica> near_, far_;
  std::unique_ptr<Session> session_;
  std::deque<Message> written_;
};

// Plays the script whole, then with the network failing after each of its steps: the session never
// says it is caught up too early, and the next connection brings both ends together.
void play(Side side, const std::function<void(Script&)>& script);

// The end's own stream of the book, as it would send it.
Batch batch_of(MemoryReplica& replica, uint64_t after = 0);
// The far end takes a batch and answers as it must.
Receipt taken_by_far(Script& script, const Batch& batch);
CaughtUp word_of(MemoryReplica& replica);
// The session ends for this reason.
std::function<void(const Refuse&)> refuses(Reason reason);

// Two sessions whose messages arrive as `pick` says: given how many wait for headquarters and for
// the site, which end takes one. `watch` looks on after each.
void run_both(Session& site, Session& headquarters, const ClockReading& now,
              const std::function<bool(size_t for_headquarters, size_t for_site)>& pick,
              const std::function<void()>& watch);

// 1 is headquarters', 2 the site's, 4 the hub's.
SigningKey script_key(uint8_t seed);
PublicKey script_authority();
HeadquartersId script_headquarters();

}  // namespace sitelog
