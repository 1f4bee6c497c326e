#pragma once

#include "support.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

inline const std::string kSent(kFieldSent);
inline const Station kChecker{"checker", "county"}, kOffice{"office", {}},
    kLeader{"leader", "mine"};

inline Value sending(const RecordState& state, std::vector<Station> chain = {kChecker, kOffice}) {
  Sent sent{heads_to_send(state), std::move(chain), {}, state.sent_name()};
  return sent_value(sent);
}

inline StationVerdict said(const RecordState& state, const Station& station,
                           ReviewVerdict verdict) {
  return {.verdict = verdict, .unit = station.unit, .of = state.sent_name(), .remark = "看过"};
}

// A record of device 1, which headquarters is device 0 of. Everybody sees all at once.
class Approval {
 public:
  Approval() {
    world_.author(1, {{"title", "one"}, {"participants", 5}, {"_campaign", "songs"}});
    world_.send_all_to_all();
  }
  RecordState now() const { return *world_.state(0); }
  Review review() const { return now().review(); }
  void write(int device, const Values& values) {
    world_.author(device, values);
    world_.send_all_to_all();
  }
  void send(std::vector<Station> chain = {kChecker, kOffice}) {
    write(1, {{kSent, sending(now(), std::move(chain))}});
  }
  void say(const Station& station, ReviewVerdict verdict) {
    write(0, {{station_field(station.role), verdict_value(said(now(), station, verdict))}});
  }
  World& world() { return world_; }

 private:
  World world_;
};

inline constexpr auto kPending = ReviewVerdict::kPending, kReturned = ReviewVerdict::kReturned,
                      kAccepted = ReviewVerdict::kAccepted, kRefused = ReviewVerdict::kRefused;

}  // namespace sitelog
