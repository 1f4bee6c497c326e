#include "engine/record_changes.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sitelog {

namespace json = boost::json;

namespace {

// A record is of one campaign, and may have been put into another by mistake.
constexpr size_t kCampaignsMax = 4;

using Streams = std::vector<std::vector<HistoryEntry>>;  // each ascending by number

Streams by_stream(const std::vector<HistoryEntry>& history) {
  std::map<StreamKey, std::vector<HistoryEntry>> sorted;
  for (const HistoryEntry& item : history) sorted[item.origin.stream].push_back(item);
  Streams out;
  for (auto& [stream, entries] : sorted) {
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return a.origin.number < b.origin.number;
    });
    out.push_back(std::move(entries));
  }
  return out;
}

// Tries the states that lack so many entries in all, shared out over the streams.
class Search {
 public:
  Search(const RecordView& now, const std::function<bool(const Hash&)>& was_seen, size_t work_max)
      : now_(now), streams_(by_stream(now.history)), was_seen_(was_seen), work_left_(work_max) {}

  std::optional<RecordView> run() {
    for (size_t lacking = 1; lacking < now_.history.size() && work_left_ > 0; ++lacking) {
      if (try_from(0, lacking)) return found_;
    }
    return std::nullopt;
  }

 private:
  bool try_from(size_t stream, size_t lacking) {
    if (stream == streams_.size()) return lacking == 0 && try_this();
    const size_t most = std::min(lacking, streams_[stream].size());
    for (size_t here = 0; here <= most && work_left_ > 0; ++here) {
      const std::vector<HistoryEntry>& entries = streams_[stream];
      kept_.insert(kept_.end(), entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(here));
      const bool found = try_from(stream + 1, lacking - here);
      kept_.resize(kept_.size() - (entries.size() - here));
      if (found) return true;
      work_left_ -= std::min<size_t>(work_left_, 1);
    }
    return false;
  }

  bool try_this() {
    work_left_ -= std::min(work_left_, kept_.size());
    RecordView view{now_.unit, kept_, now_.policies};
    if (!was_seen_(view.seen())) return false;
    found_.emplace(std::move(view));
    return true;
  }

  const RecordView& now_;
  const Streams streams_;
  const std::function<bool(const Hash&)>& was_seen_;
  size_t work_left_;
  std::vector<HistoryEntry> kept_;
  std::optional<RecordView> found_;
};

// Whether an entry stands in a field now, and did not in the earlier state.
bool is_new_in(const HistoryEntry& item, const FieldState& field, const FieldState* earlier) {
  const auto stands_in = [&item](const FieldState& in) {
    return std::find(in.heads.begin(), in.heads.end(), item.origin.entry) != in.heads.end();
  };
  return stands_in(field) && (earlier == nullptr || !stands_in(*earlier));
}

std::string shown_json(const RecordState& state, const std::string& field) {
  const Value* value = state.shown(field);
  return value != nullptr ? json::serialize(to_json(*value)) : "null";
}

// The last of what set the field that the earlier state did not know.
const HistoryEntry* made_by(const RecordView& now, const FieldState& field,
                            const FieldState* earlier) {
  const HistoryEntry* out = nullptr;
  for (const HistoryEntry& item : now.history) {
    if (!is_new_in(item, field, earlier)) continue;
    if (out == nullptr || written_before(out->origin, item.origin)) out = &item;
  }
  return out;
}

// All that was said since in a field of Sitelog's own; false where nothing was.
bool tell_said(const RecordView& now, const std::string& name, const FieldState& field,
               const FieldState* earlier, std::vector<FieldProblem>& out) {
  bool told = false;
  for (const HistoryEntry& item : now.history) {
    if (!is_new_in(item, field, earlier)) continue;
    for (const Assignment& made : item.entry.assignments) {
      if (made.field != name) continue;
      out.push_back({name, said_in_words(name, made.value, item.origin, now.names)});
      told = true;
    }
  }
  return told;
}

const char* wording(bool in_conflict, bool by_authority) {
  if (in_conflict) {
    return by_authority ? N_("it showed {}; it is in conflict and shows {} ({}, headquarters)")
                        : N_("it showed {}; it is in conflict and shows {} ({}, device {})");
  }
  return by_authority ? N_("it was {}; it is {} ({}, headquarters)")
                      : N_("it was {}; it is {} ({}, device {})");
}

}  // namespace

PoliciesOfRecord::PoliciesOfRecord(const Policies& from, const std::vector<HistoryEntry>& history)
    : heeds_stations_(from.heeds_stations()) {
  std::set<std::string> campaigns{""}, fields;
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) {
      const std::string* campaign =
          assignment.field == kFieldCampaign ? assignment.value.text() : nullptr;
      if (campaign != nullptr && campaigns.size() < kCampaignsMax) campaigns.insert(*campaign);
      if (!is_reserved_field(assignment.field)) fields.insert(assignment.field);
    }
  }
  if (history.empty()) return;
  const std::string& form = history.front().entry.form;
  for (const std::string& campaign : campaigns) {
    for (const std::string& field : fields) {
      by_field_.emplace(std::pair(campaign, field), from.policy(form, campaign, field));
    }
  }
}

Policy PoliciesOfRecord::policy(const std::string&, const std::string& campaign,
                                const std::string& field) const {
  const auto at = by_field_.find({campaign, field});
  return at != by_field_.end() ? at->second : Policy::kLatest;
}

std::optional<RecordView> view_seen(const RecordView& now,
                                    const std::function<bool(const Hash&)>& was_seen,
                                    size_t work_max) {
  return Search(now, was_seen, work_max).run();
}

std::vector<FieldProblem> changes_between(const RecordView& before, const RecordView& now) {
  const RecordState was = merge_record(before.history, before.policies);
  const RecordState is = merge_record(now.history, now.policies);
  std::vector<FieldProblem> out;
  for (const auto& [field, state] : is.fields) {
    const auto at = was.fields.find(field);
    const FieldState* earlier = at != was.fields.end() ? &at->second : nullptr;
    if (earlier != nullptr && earlier->heads == state.heads) continue;
    if (tells_by_itself(field) && tell_said(now, field, state, earlier, out)) continue;
    std::vector<std::string> args{shown_json(was, field), shown_json(is, field)};
    const HistoryEntry* by = made_by(now, state, earlier);
    const bool by_authority = by != nullptr && by->origin.by_authority;
    const std::string device =
        by != nullptr ? by->origin.stream.device.hex().substr(0, 8) : std::string();
    args.push_back(by != nullptr && !by->origin.person.empty() ? by->origin.person : device);
    if (!by_authority) args.push_back(device);
    out.push_back(
        {field,
         {Reason::kChanged, wording(is.conflicts.contains(field), by_authority), std::move(args)}});
  }
  return out;
}

}  // namespace sitelog
