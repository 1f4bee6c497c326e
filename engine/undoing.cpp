// Taking one's own change of a record back.
#include <algorithm>

#include "campaign/text.hpp"
#include "engine/authoring_parts.hpp"
#include "engine/built_on.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

bool is_verdict(const std::string& field) {
  return field == kFieldReview || field.starts_with(kStationPrefix);
}

bool is_change(const HistoryEntry& item) {
  const auto& made = item.entry.assignments;
  return !item.entry.parents.empty() && std::ranges::any_of(made, [](const Assignment& each) {
    return is_sent_field(each.field);
  });
}

// One entry that is to be taken back, in a transaction.
class Undoing {
 public:
  Undoing(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
          const UndoneEntry& wanted, const Author& author, const RecordState& state)
      : store_(store),
        catalogue_(catalogue),
        found_(found),
        wanted_(wanted),
        author_(author),
        state_(state),
        history_(store.history(found.unit, found.record, found.form)) {}

  Result<Saved> run() const {
    const auto undone = entry();
    if (!undone) return undone.refusal();
    const HistoryEntry& item = **undone;
    if (auto refusal = is_no_change(item)) return *std::move(refusal);
    if (!is_own(item)) {
      return Refusal{Reason::kNotPermitted,
                     N_("this change is another's ({}, {}): who made it takes it back, and you can "
                        "change the record again"),
                     by_whom(item)};
    }
    for (const HistoryEntry* since : made_since(history_, {item.origin.entry})) {
      if (done_together(item, *since)) continue;
      if (auto refusal = built_on_it(item, *since)) return *std::move(refusal);
    }
    return take_back(item);
  }

 private:
  bool is_own(const HistoryEntry& item) const {
    return is_same(item.entry.person, author_.person) &&
           item.origin.by_authority == is_headquarters(store_);
  }

  // The one that is named, or their last change.
  Result<const HistoryEntry*> entry() const {
    const HistoryEntry* out = nullptr;
    for (const HistoryEntry& item : history_) {
      if (wanted_.name.empty()) {
        if (!is_own(item) || !is_change(item)) continue;
        if (out == nullptr || written_before(out->origin, item.origin)) out = &item;
        continue;
      }
      if (!item.origin.entry.hex().starts_with(lower(wanted_.name))) continue;
      if (out != nullptr && out->origin.entry != item.origin.entry) {
        return Refusal{Reason::kInvalidValue,
                       N_("several entries of record {} begin like {}: give more of the one you "
                          "mean"),
                       {found_.record.hex(), wanted_.name}};
      }
      out = &item;
    }
    if (out != nullptr) return out;
    if (wanted_.name.empty()) {
      return Refusal{Reason::kNothingToDecide,
                     N_("you have changed nothing of record {}: there is nothing to take back"),
                     {found_.record.hex()}};
    }
    return Refusal{Reason::kInvalidValue,
                   N_("no entry of record {} begins like {}"),
                   {found_.record.hex(), wanted_.name}};
  }

  // Why the entry is none that can be taken back so.
  static std::optional<Refusal> is_no_change(const HistoryEntry& item) {
    const auto& made = item.entry.assignments;
    const auto any = [&](auto is) {
      return std::ranges::any_of(made, [&](const Assignment& each) { return is(each.field); });
    };
    if (item.entry.parents.empty()) {
      return Refusal{Reason::kInvalidValue,
                     N_("this is what recorded it: a record that should not be is declared void"),
                     {}};
    }
    if (is_change(item)) return std::nullopt;
    if (any([](const std::string& field) { return field == kFieldSent; })) {
      return Refusal{
          Reason::kInvalidValue, N_("what was sent stays sent: correct it and send it again"), {}};
    }
    if (any(is_verdict)) {
      return Refusal{Reason::kInvalidValue,
                     N_("this is a verdict, which is taken back as such (review.undo; command "
                        "line: sitelogd review undo)"),
                     {}};
    }
    return Refusal{Reason::kInvalidValue, N_("what was said there is not taken back"), {}};
  }

  // Why what the entry `since` says keeps the other from being taken back.
  std::optional<Refusal> built_on_it(const HistoryEntry& item, const HistoryEntry& since) const {
    for (const Assignment& made : since.entry.assignments) {
      if (made.field == kFieldSent) {
        return Refusal{Reason::kInvalidValue,
                       N_("this change can't be taken back any more: the record was sent since "
                          "({}, {})"),
                       by_whom(since)};
      }
      if (is_verdict(made.field) && stands(state_, made, since)) {
        return Refusal{Reason::kInvalidValue,
                       N_("this change can't be taken back any more: the record was judged since "
                          "({}, {})"),
                       by_whom(since)};
      }
      const bool of_it = std::ranges::any_of(
          item.entry.assignments, [&](const Assignment& each) { return each.field == made.field; });
      if (!of_it) continue;
      const Form* form = form_of(catalogue_, state_);
      const Field* field = form != nullptr ? form->field(made.field) : nullptr;
      std::vector<std::string> args = by_whom(since);
      args.insert(args.begin(), field != nullptr ? field->label.en : shortened(made.field, 64));
      args.push_back(field != nullptr ? field->label.zh : shortened(made.field, 64));
      return Refusal{Reason::kInvalidValue,
                     N_("this change can't be taken back any more: {} was changed since ({}, {})"),
                     std::move(args)};
    }
    return std::nullopt;
  }

  // What was shown of the record before the entry.
  RecordState before(const HistoryEntry& item) const {
    std::vector<HistoryEntry> past;
    for (const HistoryEntry* each : up_to(history_, item.entry.parents)) past.push_back(*each);
    return past.empty() ? RecordState() : merge_record(past, store_.settings(found_.unit));
  }

  Result<Saved> take_back(const HistoryEntry& item) const {
    const RecordState was = before(item);
    std::map<std::string, Value> values;
    for (const Assignment& made : item.entry.assignments) {
      if (!is_sent_field(made.field)) continue;
      const Value* shown = was.shown(made.field);
      values[made.field] = shown != nullptr ? *shown : Value();
    }
    // To declare void and to take that back says more than the field alone.
    if (const auto at = values.find(std::string(kFieldVoid)); at != values.end()) {
      const std::string* reason = at->second.text();
      if (at->second.is_cleared()) return save_unvoid(store_, found_, author_, true);
      return reason != nullptr ? save_void(store_, found_, *reason, author_, true)
                               : Result<Saved>(Saved{.record = found_.record});
    }
    const auto campaign = values.find(std::string(kFieldCampaign));
    if (campaign != values.end()) {
      const std::string* to = campaign->second.text();
      if (!wanted_.may_move_to(found_.unit, to != nullptr ? *to : std::string())) {
        return Refusal{
            Reason::kNotPermitted,
            N_("you have no right in the campaign that the record would come to stand in"),
            {}};
      }
    }
    auto saved = save_change(store_, found_, state_, values, author_);
    note_what_was_sent(saved, state_);
    return saved;
  }

  Store& store_;
  const CampaignCatalogue& catalogue_;
  const FoundRecord& found_;
  const UndoneEntry& wanted_;
  const Author& author_;
  const RecordState& state_;
  const std::vector<HistoryEntry> history_;
};

}  // namespace

Result<Saved> save_undone(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const UndoneEntry& undone,
                          const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  return Undoing(store, catalogue, found, undone, author, *state).run();
}

}  // namespace sitelog
