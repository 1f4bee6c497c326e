#include "engine/change_as_seen.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

namespace {

Refusal needs_a_look(const FoundRecord& found) {
  return {Reason::kUsage, kNeedsALook, {found.record.hex()}};
}

bool is_all_said_here(const Store& store, const std::vector<HistoryEntry>& history) {
  return std::all_of(history.begin(), history.end(), [&](const HistoryEntry& item) {
    const auto& said = item.entry.assignments;
    return item.origin.stream.device == store.device() ||
           std::none_of(said.begin(), said.end(),
                        [](const Assignment& each) { return is_sent_field(each.field); });
  });
}

}  // namespace

std::optional<Hash> seen_where_all_is_said_here(Store& store, const FoundRecord& found) {
  if (store.owner().standing.is_authority()) return std::nullopt;
  store.flush();
  const auto history = store.history(found.unit, found.record, found.form);
  if (!is_all_said_here(store, history)) return std::nullopt;
  return seen_digest(found.unit, history, store.settings(found.unit));
}

ChangedAsSeen change_as_seen(Store& store, const CampaignCatalogue& catalogue,
                             const SeenCodes& codes, const FoundRecord& found,
                             const std::optional<std::string>& seen, const RecordChange& change) {
  const auto entries = [&] { return store.history(found.unit, found.record, found.form); };
  const BookSettings& settings = store.settings(found.unit);
  auto history = entries();
  if (history.empty()) return {unknown_record(found.record)};
  const bool own = std::all_of(history.begin(), history.end(), [&](const auto& item) {
    return item.origin.stream.device == store.device();
  });
  if (!seen && !own && store.owner().standing.is_authority()) return {needs_a_look(found)};
  if (seen && !codes.names(*seen, seen_digest(found.unit, history, settings))) {
    PoliciesOfRecord policies(settings, history);
    NamesInRecord names = names_in(store, catalogue, history);
    return {Refusal{Reason::kChanged, {}, {}},
            {},
            {},
            {},
            RecordView{found.unit, std::move(history), std::move(policies), std::move(names)}};
  }
  ChangedAsSeen out{change(store, catalogue, found, seen ? Looked::kYes : Looked::kNo)};
  if (!out.saved || !out.saved->problems.empty()) return out;
  if (const auto now = store.state(found.unit, found.record, found.form)) {
    if (now->voided()) out.void_for = shortened(now->text(kFieldVoid), kReasonToldMax);
    if (catalogue.is_withdrawn(now->campaign())) out.withdrawn = now->campaign();
  }
  if (seen) {
    store.flush();  // what follows from it, such as a word about a clock, shows with it
    out.seen = seen_digest(found.unit, entries(), store.settings(found.unit));
  } else {
    out.seen = seen_where_all_is_said_here(store, found);
  }
  return out;
}

}  // namespace sitelog
