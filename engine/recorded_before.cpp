#include "engine/recorded_before.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kVersionByte = 6;
constexpr size_t kMarkByte = 9;  // the last four stay random: people call records by them
constexpr size_t kMarkBytes = 3;
constexpr uint8_t kMarkedVersion = 0x80;

std::optional<uint32_t> mark_of(const RecordId& id) {
  if ((id.bytes[kVersionByte] & 0xf0) != kMarkedVersion) return std::nullopt;
  uint32_t out = 0;
  for (size_t i = 0; i < kMarkBytes; ++i) out = out << 8 | id.bytes[kMarkByte + i];
  return out;
}

std::map<std::string, Value> values_of(const Entry& entry) {
  std::map<std::string, Value> out;
  for (const Assignment& each : entry.assignments) out[each.field] = each.value;
  return out;
}

}  // namespace

Hash digest_of_content(const std::string& form, const std::map<std::string, Value>& values) {
  json::array content{json::value(form)};
  for (const auto& [field, value] : values) {
    if (is_reserved_field(field) && field != kFieldCampaign) continue;
    content.emplace_back(json::array{json::value(field), to_json(value)});
  }
  return sha256(as_bytes(json::serialize(content)));
}

RecordId marked(RecordId id, const Hash& digest) {
  id.bytes[kVersionByte] = static_cast<uint8_t>(kMarkedVersion | (id.bytes[kVersionByte] & 0x0f));
  for (size_t i = 0; i < kMarkBytes; ++i) id.bytes[kMarkByte + i] = digest.bytes[i];
  return id;
}

void RecordedBefore::look(Store& store, const std::string& form, Instant since) {
  RecordId least;  // an id begins with the milliseconds at which it was drawn
  const auto since_ms = static_cast<uint64_t>(std::max<int64_t>(since.ms, 0));
  for (size_t i = 0; i < 6; ++i) least.bytes[i] = static_cast<uint8_t>(since_ms >> (40 - 8 * i));
  store.flush();
  store.queries().list_ids(book_, form, seen_, least, [this](int64_t number, const RecordId& id) {
    seen_ = number;
    if (const auto mark = mark_of(id)) by_mark_.emplace(*mark, id);
  });
}

std::optional<RecordedSame> RecordedBefore::find(Store& store, const std::string& form,
                                                 const Hash& digest) {
  if (const auto own = own_.find(digest); own != own_.end()) return own->second;
  const auto [first, last] = by_mark_.equal_range(*mark_of(marked(RecordId{}, digest)));
  for (auto each = first; each != last; ++each) {
    const RecordId& id = each->second;
    const auto state = store.state(book_, id, form);
    if (!state || state->voided()) continue;
    for (const HistoryEntry& entry : store.history(book_, id, form)) {
      if (digest_of_content(form, values_of(entry.entry)) != digest) continue;
      return RecordedSame{id, entry.origin.when, entry.origin.person};
    }
  }
  return std::nullopt;
}

void RecordedBefore::add(const Hash& digest, const RecordedSame& saved) {
  own_.insert_or_assign(digest, saved);
}

}  // namespace sitelog
