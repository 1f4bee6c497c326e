#include "engine/change_as_seen.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

Refusal needs_a_look(const FoundRecord& found) {
  return {Reason::kUsage, kNeedsALook, {found.record.hex()}};
}

}  // namespace

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
    return {Refusal{Reason::kChanged, {}, {}},
            {},
            {},
            {},
            RecordView{found.unit, std::move(history), std::move(policies)}};
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
  }
  return out;
}

}  // namespace sitelog
