// What was said of a record comes to: by its stations, or by headquarters alone.
#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

namespace {

constexpr const char* kReviewContent = "content";
constexpr const char* kReviewExplanations = "explanations";
constexpr const char* kReviewCampaign = "campaign";
constexpr const char* kReviewSent = "sent";

std::string said_text(const Structure& in, const char* name) {
  const auto at = in.find(name);
  return at != in.end() && at->second.text() != nullptr ? *at->second.text() : std::string();
}

// `_review`, whatever it was given on.
Review read_review(const Structure& said) {
  Review out;
  if (const auto verdict = parse_verdict(said_text(said, "verdict"))) out.verdict = *verdict;
  out.remark = said_text(said, "remark");
  out.due = said_text(said, "due");
  out.of_explanations = said.contains(kReviewExplanations);
  out.of_voiding = is_of_voiding(said);
  const auto by_field = said.find("fields");
  if (by_field != said.end() && by_field->second.structure() != nullptr) {
    for (const auto& [field, remark] : *by_field->second.structure()) {
      if (remark.text() != nullptr) out.field_remarks.emplace(field, *remark.text());
    }
  }
  return out;
}

// What the record has as `_sent`, whether it counts or not.
std::string name_shown_as_sent(const RecordState& state) {
  const Value* value = state.shown(kFieldSent);
  return value != nullptr ? sent_name(*value) : std::string();
}

// Whether `_review` was given on another record than what it is now.
bool is_stale(const Structure& said, const RecordState& state) {
  const auto differs = [&](const char* name, const Hash& now) {
    return said.contains(name) && said_text(said, name) != now.hex();
  };
  if (said_text(said, kReviewContent) != content_digest(state).hex()) return true;
  if (differs(kReviewExplanations, explanation_digest(state))) return true;
  if (differs(kReviewCampaign, campaign_digest(state))) return true;
  // What was sent, though it doesn't count, came after a review that doesn't know of it.
  return said_text(said, kReviewSent) != name_shown_as_sent(state);
}

const Structure* structure_of(const RecordState& state, std::string_view field) {
  const Value* value = state.shown(field);
  return value != nullptr ? value->structure() : nullptr;
}

// Whether a station's word that is shown is on something else that was sent.
bool spoke_of_another(const RecordState& state) {
  const std::string sent = state.sent_name();
  return std::any_of(state.fields.begin(), state.fields.end(), [&](const auto& item) {
    const auto& [field, value] = item;
    if (!field.starts_with(kStationPrefix) || !value.shown) return false;
    const auto verdict = read_verdict(*value.shown);
    return verdict && verdict->of != sent;
  });
}

// Headquarters' review of old, where it was given on just what was sent first: as the top's
// verdict. What is sent later was asked for by some station, or by the unit, since then; and a
// device that hides what it sent before does not hide what was said of that.
std::optional<StationVerdict> review_of_old(const RecordState& state) {
  const Structure* said = structure_of(state, kFieldReview);
  const Structure* sent = structure_of(state, kFieldSent);
  if (said == nullptr || sent == nullptr || spoke_of_another(state)) return std::nullopt;
  const Review review = read_review(*said);
  const bool same_explanations =
      said_text(*said, kReviewExplanations) == said_text(*sent, kReviewExplanations);
  const std::optional<Sent> first = state.sent();
  if (!first || !first->before.empty()) return std::nullopt;
  const bool same_campaign = !said->contains(kReviewCampaign) ||
                             said_text(*said, kReviewCampaign) == campaign_digest_of(*first);
  if (review.verdict == ReviewVerdict::kPending || !same_campaign ||
      said_text(*said, kReviewContent) != said_text(*sent, "content") ||
      (review.of_explanations && !same_explanations)) {
    return std::nullopt;
  }
  StationVerdict out{.verdict = review.verdict,
                     .unit = {},
                     .of = state.sent_name(),
                     .remark = review.remark,
                     .field_remarks = review.field_remarks,
                     .due = review.due};
  // One that doesn't say on which explanations it was given accepts none.
  if (!review.of_explanations) out.accepts.emplace();
  return out;
}

// What headquarters refused as it declared the record void: nothing that is sent later gets around
// it, and no station's word. Without what it speaks of, where that is another by now.
std::optional<StationVerdict> refused_as_void(const RecordState& state) {
  if (refusals_of_voiding(state).empty()) return std::nullopt;
  const bool stale = is_stale(*structure_of(state, kFieldReview), state);
  return StationVerdict{.verdict = ReviewVerdict::kRefused,
                        .unit = {},
                        .of = stale ? std::string() : state.sent_name(),
                        .of_voiding = true};
}

// What a station says of what is sent now, by itself.
std::optional<StationVerdict> own_verdict(const RecordState& state, const Station& station) {
  if (station.is_top()) {
    if (auto refused = refused_as_void(state)) return refused;
  }
  const Value* value = state.shown(station_field(station.role));
  auto out = value != nullptr ? read_verdict(*value) : std::nullopt;
  if (out && (out->of != state.sent_name() || out->unit != station.unit)) out.reset();
  if (!out && station.is_top()) out = review_of_old(state);
  return out;
}

void take(Review& review, const RecordState& of, const StationSaid& from) {
  review.station = from.station;
  review.stale = review.stale || from.said->of != of.sent_name();
  review.of_voiding = review.of_voiding || from.said->of_voiding;
  if (review.remark.empty()) review.remark = from.said->remark;
  if (review.due.empty()) review.due = from.said->due;
  review.field_remarks.insert(from.said->field_remarks.begin(), from.said->field_remarks.end());
}

Review answer_of(const RecordState& state) {
  Review out;
  out.of_explanations = true;
  out.unsent = !state.as_sent->empty();
  const auto stations = state.stations();
  for (const auto verdict : {ReviewVerdict::kRefused, ReviewVerdict::kReturned}) {
    for (const StationSaid& each : stations) {
      if (!each.said || each.said->verdict != verdict) continue;
      out.verdict = verdict;
      const auto first = out.station;
      take(out, state, each);
      if (first) out.station = first;
    }
    if (out.station) return out;
  }
  if (stations.empty()) return out;  // of a state that doesn't say what was sent
  const StationSaid& top = stations.back();
  if (top.said) {
    out.verdict = top.said->verdict;
    out.accepts = top.said->accepts;
    take(out, state, top);
    return out;
  }
  for (const StationSaid& each : stations) {
    if (each.said || each.by) continue;
    out.station = each.station;
    break;
  }
  return out;
}

}  // namespace

std::string RecordState::sent_name() const {
  const Value* value = as_sent ? shown(kFieldSent) : nullptr;
  return value != nullptr ? sitelog::sent_name(*value) : std::string();
}

std::optional<Sent> RecordState::sent() const {
  const Value* value = as_sent ? shown(kFieldSent) : nullptr;
  return value != nullptr ? read_sent(*value) : std::nullopt;
}

std::vector<StationSaid> RecordState::stations() const {
  std::vector<StationSaid> out;
  const auto of = sent();
  if (!of) return out;
  for (const Station& station : of->chain) {
    StationSaid& each = out.emplace_back(StationSaid{station, own_verdict(*this, station)});
    if (!each.said || !each.said->instead_of || each.said->reason.empty()) continue;
    // Only for one below it, which has not spoken.
    for (size_t i = 0; i + 1 < out.size(); ++i) {
      if (out[i].station == *each.said->instead_of && !out[i].said) out[i].by = station;
    }
  }
  return out;
}

Review RecordState::review() const {
  if (as_sent) return answer_of(*this);
  const Structure* said = structure_of(*this, kFieldReview);
  if (said == nullptr) return {};
  Review out = read_review(*said);
  out.stale = is_stale(*said, *this);
  return out;
}

std::vector<std::string> refusals_of_voiding(const RecordState& state) {
  const Structure* said = structure_of(state, kFieldReview);
  const bool refused = said != nullptr && is_of_voiding(*said) &&
                       parse_verdict(said_text(*said, "verdict")) == ReviewVerdict::kRefused;
  if (!refused) return {};
  return {std::string(kFieldReview)};
}

Value review_value(const Review& review, const RecordState& state) {
  Value out = review_value(review, content_digest(state), explanation_digest(state));
  Structure said = *out.structure();
  said.emplace(kReviewCampaign, campaign_digest(state).hex());
  if (auto sent = name_shown_as_sent(state); !sent.empty()) {
    said.emplace(kReviewSent, std::move(sent));
  }
  return Value(std::move(said));
}

Value review_value(const Review& review, const Hash& content,
                   const std::optional<Hash>& explanations) {
  Structure remarks;
  for (const auto& [field, remark] : review.field_remarks) remarks.emplace(field, remark);
  Structure out{{"verdict", std::string(name_of(review.verdict))}, {kReviewContent, content.hex()}};
  if (explanations) out.emplace(kReviewExplanations, explanations->hex());
  if (!review.remark.empty()) out.emplace("remark", review.remark);
  if (!review.due.empty()) out.emplace("due", review.due);
  if (!remarks.empty()) out.emplace("fields", std::move(remarks));
  if (review.of_voiding) out.emplace(kOfVoiding, true);
  return Value(std::move(out));
}

RecordState state_as_sent(const RecordState& state) {
  RecordState out = state;
  if (!state.as_sent) return out;
  for (const auto& [field, value] : *state.as_sent) {
    // What is void now counts for nothing, whenever that was said.
    if (field != kFieldVoid) out.fields[field].shown = value;
  }
  return out;
}

HeadsByField heads_to_send(const RecordState& state) {
  HeadsByField out;
  for (const auto& [field, value] : state.fields) {
    if (!is_sent_field(field)) continue;
    out.emplace(field, std::vector<EntryName>(value.heads.begin(), value.heads.end()));
  }
  return out;
}

}  // namespace sitelog
