#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/accounts/accounts.hpp"
#include "engine/engine.hpp"
#include "http/event_log.hpp"
#include "http/lookers.hpp"
#include "http/router.hpp"

namespace sitelog {

struct EventFeedConfig {
  Engine& engine;
  Accounts& accounts;
  std::function<std::vector<Role>(const std::vector<RoleGrant>&)> roles;
  std::function<void(const std::string&)> on_trouble = [](const std::string&) {};
};

// What changes, told to whoever listens (GET /api/v1/events), each within their scope. The store's
// thread only says which books have changed; one thread of this reads what, beside all writing, and
// writes to all who listen without waiting for any: who does not read is shut off. Ends every
// stream whose session, token, account or role ends.
class EventFeed {
 public:
  explicit EventFeed(EventFeedConfig config);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // A handler: answers with a stream, or with why not. Any thread.
  void listen(const Asked& asked, Reply& reply);
  // The caller has this record open from now on, by any of its names; nothing: none. Who else has.
  // Listeners who may see the record are told within a second. Refuses kUnknownRecord. Any thread.
  Answer<std::vector<std::string>> look(const Caller& caller,
                                        const std::optional<std::string>& record);
  // Ends every stream. Again: does nothing.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Listener {
    std::shared_ptr<Reply> reply;
    Visitor visitor;
    Hash session;
    std::vector<RoleGrant> grants;  // as they came in
    Scope scope;
    std::string last_event_id;
    bool begun = false;
    uint64_t told = 0;  // the number of the last event
    Clock::time_point beat{};
  };
  void run();
  void read_changes(const std::set<BookCode>& books);
  bool begin(Listener& listener);
  // Of who looks at what, for one listener.
  std::string looks_for(const Listener& listener) const;
  // False where it is over.
  bool serve(Listener& listener, Clock::time_point now, bool scopes_changed);
  bool may_stay(const Listener& listener) const;
  void count_streams();  // under the mutex

  const EventFeedConfig config_;
  // Of the feed's own thread.
  EventLog log_;
  StreamPositions looked_at_;
  bool looking_ = false;
  std::shared_ptr<const UnitTree> tree_;
  std::vector<Listener> listeners_;
  std::vector<Lookers::Told> looks_;  // to be told to all who listen now
  Clock::time_point looked_{};        // when these were taken

  Lookers lookers_;

  std::mutex mutex_;  // guards those below
  std::condition_variable filled_;
  std::set<BookCode> changed_;
  std::vector<Listener> arriving_;
  std::map<std::string, size_t> of_account_;
  size_t streams_ = 0;
  bool heard_ = false;  // somebody listens, or did lately
  bool stopping_ = false;
  uint64_t subscription_ = 0;
  std::thread thread_;
};

// GET /api/v1/events.
void add_event_route(Router& router, EventFeed& feed);

}  // namespace sitelog
