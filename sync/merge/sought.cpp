#include "sync/merge/sought.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

constexpr uint64_t kHashed = uint64_t{1} << 62;  // apart from the few that have no text

Trait from_bytes(const uint8_t* bytes) {
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | bytes[i];
  return static_cast<Trait>(kHashed | (out & (kHashed - 1)));
}

Trait hashed(char what, std::string_view text) {
  const Hash hash = Hasher().add(std::string_view(&what, 1)).add(text).finish();
  return from_bytes(hash.bytes.data());
}

// Texts repeat from record to record: forms, campaigns, kinds, people.
class Memory {
 public:
  Trait of(TraitBy what, std::string_view text) {
    const char prefix = static_cast<char>('a' + static_cast<int>(what));
    Slot& slot =
        slots_[(std::hash<std::string_view>()(text) + static_cast<size_t>(what)) % slots_.size()];
    if (slot.trait == 0 || slot.what != what || slot.text != text) {
      if (text.size() > kTextMax) return hashed(prefix, text);
      slot = {what, std::string(text), hashed(prefix, text)};
    }
    return slot.trait;
  }

 private:
  static constexpr size_t kTextMax = 256;
  struct Slot {
    TraitBy what{};
    std::string text;
    Trait trait = 0;
  };
  std::array<Slot, 128> slots_;
};

size_t bytes_of(const Value& value) {
  size_t out = 0;
  if (const auto* text = value.text()) out += text->size();
  if (const auto* list = value.list()) {
    for (const std::string& item : *list) out += item.size();
  }
  if (const auto* structure = value.structure()) {
    for (const auto& [name, part] : *structure) out += name.size() + bytes_of(part);
  }
  return out;
}

// Whether it may be more than a line of a list takes: an escaped byte takes six.
bool may_be_too_large(const RecordState& state) {
  constexpr size_t kSurelyFits = 48 * 1024;
  size_t bytes = 0;
  for (const auto& [name, field] : state.fields) {
    bytes += name.size() + (field.shown ? bytes_of(*field.shown) : 0);
  }
  return bytes > kSurelyFits;
}

}  // namespace

bool is_to_send(const RecordState& state, const Review& review, const Listing& listing) {
  if (!listing.by_stations || state.voided() || review.of_voiding) return false;
  if (state.as_sent) return review.unsent;
  // What headquarters alone judged, and nobody changed since, needs no other verdict.
  return review.verdict == ReviewVerdict::kPending || review.verdict == ReviewVerdict::kReturned ||
         review.stale;
}

Trait trait_of(TraitOf what) {
  return static_cast<Trait>(what) + 1;
}

Trait trait_of(TraitBy what, std::string_view text) {
  thread_local Memory memory;
  return memory.of(what, text);
}

Trait trait_of(const DeviceId& device) {
  return from_bytes(device.bytes.data());
}

Trait trait_of(ReviewVerdict verdict) {
  switch (verdict) {
    case ReviewVerdict::kPending: return trait_of(TraitOf::kPending);
    case ReviewVerdict::kReturned: return trait_of(TraitOf::kReturned);
    case ReviewVerdict::kAccepted: return trait_of(TraitOf::kAccepted);
    case ReviewVerdict::kRefused: return trait_of(TraitOf::kRefused);
  }
  return trait_of(TraitOf::kPending);
}

uint32_t changed_seconds(int64_t wall_ms) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::clamp<int64_t>(wall_ms / 1000, 0, kMost));
}

Sought sought_of(const RecordState& state, const Listing& listing, const BookCode& book) {
  // Which rules hold is nobody's to list.
  const bool rules = book == kRootBook && state.form == kFormRules;
  Sought out;
  out.day = listing.day;
  out.changed = changed_seconds(state.changed.wall_ms);
  auto& traits = out.traits;
  traits.reserve(16);
  if (!rules) traits.push_back(trait_of(TraitBy::kForm, listing.form));
  if (!rules && is_of_campaigns(state.form)) traits.push_back(trait_of(TraitOf::kContent));
  traits.push_back(trait_of(TraitBy::kCampaign, listing.campaign));
  const Review review = state.review();
  traits.push_back(trait_of(review.verdict));
  if (review.changed()) traits.push_back(trait_of(TraitOf::kChanged));
  if (is_to_send(state, review, listing)) traits.push_back(trait_of(TraitOf::kToSend));
  if (state.as_sent && review.station && review.verdict == ReviewVerdict::kPending &&
      !state.voided()) {
    traits.push_back(trait_of(TraitBy::kWaitsFor, review.station->role));
    traits.push_back(trait_of(TraitBy::kWaitsAt, text_of(*review.station)));
  }
  if (!state.conflicts.empty()) traits.push_back(trait_of(TraitOf::kConflict));
  if (state.voided()) traits.push_back(trait_of(TraitOf::kVoid));
  // What is void needs no explanation, and can be too large.
  if ((listing.unusual && !state.voided()) || may_be_too_large(state))
    traits.push_back(trait_of(TraitOf::kUnusual));
  for (const auto& [what, text] : {std::pair(TraitBy::kKind, &listing.kind),
                                   {TraitBy::kLevel, &listing.level},
                                   {TraitBy::kStatus, &listing.status}}) {
    if (!text->empty()) traits.push_back(trait_of(what, *text));
  }
  for (const Stamp* stamp : {&state.created, &state.changed}) {
    traits.push_back(trait_of(TraitBy::kPerson, stamp->person));
    traits.push_back(trait_of(stamp->device));
  }
  std::sort(traits.begin(), traits.end());
  traits.erase(std::unique(traits.begin(), traits.end()), traits.end());
  return out;
}

}  // namespace sitelog
