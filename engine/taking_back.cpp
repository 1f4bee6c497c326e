// Taking one's own verdict back.
#include <algorithm>

#include "engine/authoring_parts.hpp"
#include "engine/built_on.hpp"
#include "engine/reviewing.hpp"
#include "engine/station_words.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

using Heads = std::vector<EntryName>;

// One verdict that is to be taken back, in a transaction.
class TakingBack {
 public:
  TakingBack(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
             const std::string& station, const Chairs& chairs, const Author& author,
             const RecordState& state)
      : store_(store),
        catalogue_(catalogue),
        found_(found),
        given_(station),
        chairs_(chairs),
        author_(author),
        state_(state),
        definition_(catalogue.known(state.campaign())),
        history_(store.history(found.unit, found.record, found.form)) {}

  Result<Saved> run() const {
    const auto field = state_.as_sent ? station_spoken_in() : whole_spoken_in();
    if (!field) return field.refusal();
    const auto at = state_.fields.find(*field);
    SITELOG_ASSERT(at != state_.fields.end());
    const Heads heads(at->second.heads.begin(), at->second.heads.end());
    if (auto refusal = given_by_another(heads)) return *std::move(refusal);
    for (const HistoryEntry* item : made_since(history_, heads)) {
      if (auto refusal = built_on_it(*item, *field)) return *std::move(refusal);
    }
    return save_change(store_, found_, state_, {{*field, Value()}}, author_);
  }

 private:
  Refusal nothing_said() const {
    return {Reason::kNothingToDecide,
            N_("nothing was said at your station of record {} as it was sent: there is nothing to "
               "take back"),
            {found_.record.hex()}};
  }

  Refusal declared_void() const {
    return {Reason::kInvalidValue,
            N_("record {} was refused as headquarters declared it void: that is taken back by "
               "declaring it valid again (sitelogd void --undo)"),
            {found_.record.hex()}};
  }

  // What was not sent headquarters judges as a whole.
  Result<std::string> whole_spoken_in() const {
    if (auto refusal =
            not_judged_as_a_whole(catalogue_, found_, state_, chairs_, !given_.empty())) {
      return *std::move(refusal);
    }
    if (!refusals_of_voiding(state_).empty()) return declared_void();
    if (state_.shown(kFieldReview) == nullptr) return nothing_said();
    return std::string(kFieldReview);
  }

  // The field in which the last station of the chain spoke at which they sit, or the one that they
  // name.
  Result<std::string> station_spoken_in() const {
    const auto stations = state_.stations();
    std::optional<StationSaid> spoken;
    std::vector<Station> own, asked;
    for (const StationSaid& each : stations) {
      asked.push_back(each.station);
      if (!given_.empty() && !is_called(definition_, each.station.role, given_)) continue;
      if (!chairs_.at(each.station, catalogue_, state_, found_.unit)) continue;
      own.push_back(each.station);
      if (each.said) spoken = each;
    }
    if (own.empty()) {
      return sits_at_none(definition_, found_, chairs_, asked);
    }
    if (!spoken) return sent_again(own).value_or(nothing_said());
    if (spoken->said->of_voiding) return declared_void();
    std::string field = station_field(spoken->station.role);
    const Value* said = state_.shown(field);
    const auto verdict = said != nullptr ? read_verdict(*said) : std::nullopt;
    const bool by_itself = verdict && verdict->of == state_.sent_name();
    return by_itself ? std::move(field) : std::string(kFieldReview);
  }

  // Where what they said was of what was sent before.
  std::optional<Refusal> sent_again(const std::vector<Station>& own) const {
    const bool spoke = std::any_of(own.begin(), own.end(), [&](const Station& each) {
      return state_.shown(station_field(each.role)) != nullptr;
    });
    const auto sent = state_.fields.find(kFieldSent);
    if (!spoke || sent == state_.fields.end()) return std::nullopt;
    const Heads heads(sent->second.heads.begin(), sent->second.heads.end());
    for (const HistoryEntry& item : history_) {
      if (is_one_of(heads, item.origin.entry)) return was_sent_again(item);
    }
    return std::nullopt;
  }

  Refusal was_sent_again(const HistoryEntry& by) const {
    return {Reason::kInvalidValue,
            N_("this verdict can't be taken back any more: the record was sent again since ({}, "
               "{})"),
            by_whom(by)};
  }

  std::optional<Refusal> given_by_another(const Heads& heads) const {
    for (const HistoryEntry& item : history_) {
      if (!is_one_of(heads, item.origin.entry)) continue;
      if (is_same(item.entry.person, author_.person)) continue;
      return Refusal{Reason::kNotPermitted,
                     N_("this verdict is another's ({}, {}): who gave it takes it back, and you "
                        "can give another"),
                     by_whom(item)};
    }
    return std::nullopt;
  }

  // Why what the entry says keeps the verdict in `field` from being taken back.
  std::optional<Refusal> built_on_it(const HistoryEntry& item, const std::string& field) const {
    for (const Assignment& made : item.entry.assignments) {
      if (made.field == kFieldSent) return was_sent_again(item);
      const bool judges = made.field == kFieldReview || made.field.starts_with(kStationPrefix);
      if (judges && made.field != field && stands(state_, made, item))
        return judged_since(made, item);
      if (!is_sent_field(made.field)) continue;
      return Refusal{Reason::kInvalidValue,
                     N_("this verdict can't be taken back any more: the record was changed since "
                        "({}, {})"),
                     by_whom(item)};
    }
    return std::nullopt;
  }

  Refusal judged_since(const Assignment& made, const HistoryEntry& item) const {
    if (made.field == kFieldReview) {
      return {Reason::kInvalidValue,
              N_("this verdict can't be taken back any more: headquarters has judged the record "
                 "since ({}, {})"),
              by_whom(item)};
    }
    const auto verdict = read_verdict(made.value);
    const Station station{made.field.substr(kStationPrefix.size()),
                          verdict ? verdict->unit : BookCode()};
    const auto names = in_both(definition_, chairs_.units(), {station});
    std::vector<std::string> args = by_whom(item);
    args.insert(args.begin(), names.front());
    args.push_back(names.back());
    return {Reason::kInvalidValue,
            N_("this verdict can't be taken back any more: {} has judged the record since ({}, "
               "{})"),
            std::move(args)};
  }

  Store& store_;
  const CampaignCatalogue& catalogue_;
  const FoundRecord& found_;
  const std::string& given_;
  const Chairs& chairs_;
  const Author& author_;
  const RecordState& state_;
  const Definition* definition_;  // null: not known here
  const std::vector<HistoryEntry> history_;
};

}  // namespace

Result<Saved> save_taken_back(Store& store, const CampaignCatalogue& catalogue,
                              const FoundRecord& found, const std::string& station,
                              const Chairs& chairs, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  return TakingBack(store, catalogue, found, station, chairs, author, *state).run();
}

}  // namespace sitelog
