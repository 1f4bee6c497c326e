#include "campaign/counts.hpp"

namespace sitelog {

namespace {

constexpr size_t kKindAxis = 0, kLevelAxis = 1, kLeftOutAxis = 2;  // places among the axes
constexpr const char* kEvents = "events";
constexpr const char* kSessions = "sessions";
constexpr const char* kParticipants = "participants";

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  events += other.events;
  sessions += other.sessions;
  participants += other.participants;
  return *this;
}

Tally tally_of(const TallyRow& row) {
  const Counts& counts = row.counts;
  Tally out{{row.campaign, row.review, {row.kind, row.level}},
            {{kEvents, counts.events},
             {kSessions, counts.sessions},
             {kParticipants, counts.participants}}};
  if (!row.left_out.empty()) out.key.axes.push_back(row.left_out);
  return out;
}

TallyRow row_of(const BookCode& unit, const Tally& tally) {
  const auto axis = [&](size_t place) {
    return place < tally.key.axes.size() ? tally.key.axes[place] : std::string();
  };
  return {unit,
          tally.key.campaign,
          axis(kKindAxis),
          axis(kLevelAxis),
          tally.key.review,
          {tally.sums.total(kEvents), tally.sums.total(kSessions), tally.sums.total(kParticipants)},
          axis(kLeftOutAxis)};
}

}  // namespace sitelog
