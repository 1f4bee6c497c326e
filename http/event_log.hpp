#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// What was told lately, as server-sent events (WHATWG HTML, 9.2), for who listens and who comes
// back. Ids are "RUN-NUMBER": another run of the daemon has other ones. No I/O; one thread.
class EventLog {
 public:
  EventLog(std::string run, size_t most) : run_(std::move(run)), most_(most) {}

  // Whose it is: a unit's as a whole, a record's there, or some records' there.
  struct Whose {
    BookCode unit = {};                        // empty: everybody's
    std::optional<std::string> campaign = {};  // of the record
    bool some_records = false;
  };
  struct Event {
    uint64_t number = 0;
    Whose whose;
    std::shared_ptr<const std::string> bytes;
  };
  void add(Whose whose, std::string_view kind, const boost::json::object& data);
  // The ones so far are not whole any more: who comes back from before is told so.
  void part();
  uint64_t last() const { return last_; }
  // Those after this number, in their order.
  std::deque<Event>::const_iterator after(uint64_t number) const;
  std::deque<Event>::const_iterator end() const { return events_.end(); }
  // The number that a Last-Event-ID names; nothing where not all that came after it is here.
  std::optional<uint64_t> place_of(std::string_view id) const;
  // An event for one listener, who is up to date with it.
  std::string alone(std::string_view kind) const;

 private:
  std::string text_of(uint64_t number, std::string_view kind,
                      const boost::json::object& data) const;

  const std::string run_;
  const size_t most_;
  uint64_t last_ = 0;
  std::deque<Event> events_;
};

}  // namespace sitelog
