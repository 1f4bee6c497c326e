#include "engine/recorded_before.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json.hpp>

#include "campaign/text.hpp"
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

// Bits that are kept for a mark: of what was not recorded, one in so many is looked for in vain.
constexpr size_t kBitsAMark = 32;
constexpr size_t kBitsLeast = 1 << 16;
constexpr size_t kBitsMost = 1 << 24;  // a mark has no more
constexpr int64_t kManyNew = 4096;     // records at once

// Of records that may say the same so many are looked at: by marks alone more than a few come only
// of what somebody made to be looked at, and all units wait meanwhile.
constexpr int kJudgedMax = 64;
constexpr int kJudgedByCoreMax = 1024;  // a core is what all versions ask for: honest ones share it

uint32_t mark_at(const uint8_t* bytes) {
  uint32_t out = 0;
  for (size_t i = 0; i < kMarkBytes; ++i) out = out << 8 | bytes[i];
  return out;
}

uint32_t mark_of(const Hash& digest) {
  return mark_at(digest.bytes.data());
}

std::optional<uint32_t> mark_of(const RecordId& id) {
  if ((id.bytes[kVersionByte] & 0xf0) != kMarkedVersion) return std::nullopt;
  return mark_at(&id.bytes[kMarkByte]);
}

// The least id drawn from then on: one begins with the milliseconds at which it was drawn.
RecordId least_id(Instant since) {
  RecordId out;
  const auto since_ms = static_cast<uint64_t>(std::max<int64_t>(since.ms, 0));
  for (size_t i = 0; i < 6; ++i) out.bytes[i] = static_cast<uint8_t>(since_ms >> (40 - 8 * i));
  return out;
}

std::map<std::string, Value> values_of(const Entry& entry) {
  std::map<std::string, Value> out;
  for (const Assignment& each : entry.assignments) out[each.field] = each.value;
  return out;
}

bool says_content(const Entry& entry) {
  return std::any_of(entry.assignments.begin(), entry.assignments.end(),
                     [](const Assignment& each) { return !is_reserved_field(each.field); });
}

}  // namespace

Hash digest_of_content(const std::string& form, const std::map<std::string, Value>& values) {
  std::array<unsigned char, 4096> first;
  json::monotonic_resource memory(first.data(), first.size());
  json::array content(&memory);
  content.emplace_back(form);
  for (const auto& [field, value] : values) {
    if (is_reserved_field(field) && field != kFieldCampaign) continue;
    content.emplace_back(
        json::array({json::value(field, &memory), to_json(value, &memory)}, &memory));
  }
  return sha256(as_bytes(json::serialize(content)));
}

RecordId marked(RecordId id, const Hash& digest) {
  id.bytes[kVersionByte] = static_cast<uint8_t>(kMarkedVersion | (id.bytes[kVersionByte] & 0x0f));
  for (size_t i = 0; i < kMarkBytes; ++i) id.bytes[kMarkByte + i] = digest.bytes[i];
  return id;
}

bool RecentMarks::may_hold(const Queries& queries, uint32_t mark, Instant since) {
  const int64_t last = queries.last_number();
  // Many at once are mostly older records that a site brings, which by their ids are few or none.
  if (bits_.empty() || since < since_ || last - seen_ > kManyNew ||
      added_ > bits_.size() / kBitsAMark) {
    read_anew(queries, since);
  } else if (last > seen_) {
    queries.list_ids(seen_, {}, [this](int64_t, const RecordId& id) {
      if (const auto known = mark_of(id)) add(*known);
    });
  }
  seen_ = last;
  return bits_[mark % bits_.size()];
}

void RecentMarks::read_anew(const Queries& queries, Instant since) {
  std::vector<uint32_t> marks;
  queries.list_ids(0, least_id(since), [&](int64_t, const RecordId& id) {
    if (const auto mark = mark_of(id)) marks.push_back(*mark);
  });
  bits_.assign(std::clamp(std::bit_ceil(2 * kBitsAMark * marks.size()), kBitsLeast, kBitsMost),
               false);
  for (const uint32_t mark : marks) add(mark);
  since_ = since;
  added_ = 0;
}

void RecentMarks::add(uint32_t mark) {
  if (bits_.empty()) return;  // all are read when somebody asks
  auto bit = bits_[mark % bits_.size()];
  if (!bit) ++added_;
  bit = true;
}

void RecordedBefore::look(Store& store, const std::string& form) {
  store.flush();
  look(store.queries(), form);
}

void RecordedBefore::look(const Queries& queries, const std::string& form) {
  queries.list_ids(book_, form, seen_, least_id(since_),
                   [this](int64_t number, const RecordId& id) {
                     seen_ = std::max(seen_, number);
                     if (const auto mark = mark_of(id)) by_mark_.emplace(*mark, id);
                   });
}

std::optional<RecordedSame> RecordedBefore::judge(Store& store, const std::string& form,
                                                  const RecordId& id, const Says& says) {
  const auto state = store.state(book_, id, form);
  if (!state) return std::nullopt;
  const auto history = store.history(book_, id, form);
  const auto said = std::ranges::find_if(history, says, &HistoryEntry::entry);
  if (said == history.end()) return std::nullopt;
  RecordedSame same{id, said->origin.when, said->origin.person};
  same.changed = std::ranges::any_of(history, [&](const HistoryEntry& other) {
    return other.origin.entry != said->origin.entry && says_content(other.entry);
  });
  if (state->voided()) same.voided = shortened(state->text(kFieldVoid), kReasonToldMax);
  return same;
}

std::optional<RecordedSame> RecordedBefore::find_marked(Store& store, const std::string& form,
                                                        const Hash& digest) {
  const uint32_t wanted = mark_of(digest);
  if (recent_ != nullptr) {
    if (!recent_->may_hold(store.queries(), wanted, since_)) return std::nullopt;
    look(store, form);
  }
  std::optional<RecordedSame> void_one;
  int judged = 0;
  const auto [first, last] = by_mark_.equal_range(wanted);
  for (auto each = first; each != last && judged < kJudgedMax; ++each, ++judged) {
    auto same = judge(store, form, each->second, [&](const Entry& entry) {
      return digest_of_content(form, values_of(entry)) == digest;
    });
    if (same && !same->voided) return same;
    if (same && !void_one) void_one = std::move(same);
  }
  return void_one;
}

bool RecordedBefore::read_versions(Store& store, const Definition& definition,
                                   const std::string& form,
                                   std::chrono::steady_clock::time_point until) {
  if (!earlier_ || !earlier_->is_of(definition)) {
    earlier_.emplace(store, definition, form);
    by_core_.clear();
    core_seen_ = 0;
    core_unread_.clear();
  }
  if (!earlier_->any()) return true;
  store.queries().list_ids(book_, form, core_seen_, RecordId(),
                           [&](int64_t number, const RecordId& id) {
                             core_seen_ = std::max(core_seen_, number);
                             // What this asking saved was said in the version that is in force.
                             if (!own_ids_.contains(id)) core_unread_.push_back(id);
                           });
  while (!core_unread_.empty() && std::chrono::steady_clock::now() < until) {
    const RecordId id = core_unread_.back();
    for (const HistoryEntry& item : store.history(book_, id, form)) {
      const auto values = values_of(item.entry);
      if (!values.contains(std::string(kFieldCampaign))) continue;
      by_core_.emplace(digest_of_content(form, earlier_->core(values)), id);
    }
    core_unread_.pop_back();
  }
  return core_unread_.empty();
}

// Marks don't say it: each version fills in other values.
std::optional<RecordedSame> RecordedBefore::find_in_any_version(Store& store,
                                                                const Definition& definition,
                                                                const Checked& checked) {
  const std::string& form = checked.form;
  read_versions(store, definition, form, std::chrono::steady_clock::time_point::max());
  if (!earlier_->any()) return std::nullopt;
  std::optional<RecordedSame> void_one;
  int judged = 0;
  const auto [first, last] =
      by_core_.equal_range(digest_of_content(form, earlier_->core(checked.values)));
  for (auto each = first; each != last && judged < kJudgedByCoreMax; ++each, ++judged) {
    auto same = judge(store, form, each->second, [&](const Entry& entry) {
      const auto values = values_of(entry);
      return values.contains(std::string(kFieldCampaign)) &&
             earlier_->say_the_same(checked.values, checked.defaulted, values);
    });
    if (same && !same->voided) return same;
    if (same && !void_one) void_one = std::move(same);
  }
  return void_one;
}

std::optional<RecordedSame> RecordedBefore::find(Store& store, const Definition& definition,
                                                 const Checked& checked, const Hash& digest) {
  if (const auto own = own_.find(digest); own != own_.end()) return own->second;
  auto marked = find_marked(store, checked.form, digest);
  if (recent_ != nullptr || (marked && !marked->voided)) return marked;
  auto other = find_in_any_version(store, definition, checked);
  return other && (!marked || !other->voided) ? other : marked;
}

void RecordedBefore::add(const Hash& digest, const RecordedSame& saved) {
  own_.insert_or_assign(digest, saved);
  own_ids_.insert(saved.record);
  if (recent_ != nullptr) recent_->add(mark_of(digest));
}

}  // namespace sitelog
