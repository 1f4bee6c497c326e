// Entries of one record, merged: each with a byte that says who wrote it and two bytes of length.
// A name that an entry refers to stands for an earlier entry of the input where its first byte is
// odd, and for one that is not here where it is even.
#include <algorithm>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/units.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

void resolve(std::vector<EntryName>& names, const std::vector<HistoryEntry>& earlier) {
  for (EntryName& name : names) {
    if (name.bytes[0] % 2 == 1 && !earlier.empty()) {
      name = earlier[name.bytes[0] / 2 % earlier.size()].origin.entry;
    }
  }
}

std::vector<HistoryEntry> read_history(BytesView input) {
  Choices choices(input);
  std::vector<HistoryEntry> out;
  while (!choices.empty() && out.size() < 24) {
    const uint8_t author = choices.byte();
    const std::string bytes = choices.sized();
    auto entry = decode_entry(as_bytes(bytes));
    if (!entry) continue;
    HistoryEntry item;
    item.entry = std::move(*entry);
    if (!out.empty()) {
      item.entry.record = out.front().entry.record;
      item.entry.form = out.front().entry.form;
    }
    resolve(item.entry.parents, out);
    for (Assignment& assignment : item.entry.assignments) resolve(assignment.replaces, out);
    const Hash hash = sha256(as_bytes(std::to_string(out.size()) + bytes));
    item.origin.entry = name_of(hash);
    item.origin.stream.device.bytes.fill(author % 4);
    item.origin.number = {out.size() + 1};
    item.origin.by_authority = author % 4 == 0;
    item.origin.clock = item.entry.clock;
    item.origin.hybrid = item.entry.hybrid;
    item.origin.when = item.entry.clock.wall;
    item.origin.person = item.entry.person.name;
    out.push_back(std::move(item));
  }
  return out;
}

void check_stored(const RecordState& state) {
  const StoredRecord stored = to_stored(state, "u1");
  RecordState expected = state;
  for (auto& [field, conflict] : expected.conflicts) {
    conflict.candidates.clear();
    conflict.policy = Policy::kLatest;
  }
  MUST(from_stored(state.record, state.form, stored.state, stored.heads) == expected);
  for (const std::string& conflict : stored.conflicts) {
    MUST(boost::json::parse(conflict).is_object());
  }
}

// What is learned from a record is learned once.
void check_learning(const RecordState& state) {
  CampaignCatalogue catalogue;
  BookSettings settings("u1", DeviceId{}, catalogue);
  settings.learn(state);
  const Learned again = settings.learn(state);
  MUST(!again.regrant && !again.reshow && !again.retimed);
  for (const auto& [device, grant] : settings.grants()) {
    MUST(device == grant.device && device_of(grant.key) == device);
  }
  catalogue.learn(state);
  MUST(catalogue.learn(state) == Consequence::kNone);
  if (const auto unit = unit_from(state)) {
    MUST(state.form == kFormUnit && is_unit_code(unit->code));
  }
  if (const auto tally = catalogue.tally(state)) {
    MUST(tally->sums.total("events") == 1 && tally->sums.total("sessions") >= 0);
  }
}

}  // namespace

FUZZ_TARGET(merging) {
  const auto history = read_history(input);
  if (history.empty()) return;
  const CampaignCatalogue catalogue;
  BookSettings policies("u1", DeviceId{}, catalogue);
  const RecordState state = merge_record(history, policies);
  std::vector<HistoryEntry> other(history.rbegin(), history.rend());
  other.insert(other.end(), history.begin(), history.end());
  const RecordState backwards = merge_record(other, policies);
  // The first of the history lends its record and form only, which all share.
  MUST(backwards == state);
  check_stored(state);
  check_learning(state);
  for (const auto& [field, conflict] : state.conflicts) MUST(conflict.candidates.size() > 1);
  RecordState grown = begin_record(history.front());
  for (size_t i = 1; i < history.size(); ++i) {
    if (!extend(grown, history[i])) return;
    const std::vector<HistoryEntry> until(history.begin(), history.begin() + i + 1);
    MUST(grown == merge_record(until, policies));
  }
}
