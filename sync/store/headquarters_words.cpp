// What headquarters says in devices' grants by itself, in the transaction that shows the need of
// it.
#include <algorithm>
#include <functional>

#include "sync/ledger/limits.hpp"
#include "sync/merge/field_heads.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/contended_table.hpp"
#include "sync/store/sqlite/meta_table.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

namespace {
// That one entry sets: of the words on a stream's clock each has up to a kilobyte.
constexpr size_t kFieldsOfEntry = 32;
}  // namespace

// Sets fields of a device's grant, in as many entries as they take.
void Store::write_grant(const BookCode& book, const DeviceId& device,
                        const std::map<std::string, Value>& values, const ClockReading& now) {
  const RecordId record = *RecordId::from(device.view());
  const std::string form(kFormGrant);
  for (auto rest = values.begin(); rest != values.end();) {
    std::map<std::string, Value> part;
    while (rest != values.end() && part.size() < kFieldsOfEntry) part.insert(*rest++);
    const auto known = state(book, record, form);
    const auto written =
        write(book, compose(known ? &*known : nullptr, record, form, part), now, {});
    SITELOG_ASSERT(static_cast<bool>(written));
  }
}

void Store::write_agreement_key(const BookCode& book, const PublicKey& device,
                                const AgreementPublicKey& key, const ClockReading& now) {
  const std::string field(kFieldAgreementKey);
  const auto known =
      state(book, *RecordId::from(device_of(device).view()), std::string(kFormGrant));
  // Two ways that met after a restore are settled by saying it again.
  const bool settled = known && !known->conflicts.contains(field);
  if (settled && known->text(field) == key.hex()) return;
  write_grant(book, device_of(device), {{"key", Value(device.hex())}, {field, Value(key.hex())}},
              now);
}

namespace {

// A device that is held up was so by headquarters' program, not by anybody there.
bool is_held_up(const Value& revoked) {
  const Structure* said = revoked.structure();
  const auto at = said != nullptr ? said->find("held_up") : Structure::const_iterator();
  return said != nullptr && at != said->end();
}

Value settled_revocation(const std::vector<Candidate>& candidates) {
  const auto less = [](const Candidate& a, const Candidate& b) {
    const bool a_by_a_person = !is_held_up(a.value), b_by_a_person = !is_held_up(b.value);
    if (a_by_a_person != b_by_a_person) return b_by_a_person;
    return written_before(a.origin, b.origin);
  };
  return std::ranges::max_element(candidates, less)->value;
}

Value settled_words(const std::vector<Candidate>& candidates) {
  std::vector<ClockWord> all;
  for (const Candidate& candidate : candidates) {
    const ClockWords words = ClockWords::read(candidate.value);
    all.insert(all.end(), words.said().begin(), words.said().end());
  }
  return few_words(std::move(all)).to_value();
}

}  // namespace

// Headquarters was restored, and what it said of devices since comes back beside what it has said
// again. What its program says by itself is settled by itself: a person's word on whether a device
// is let in stands before the program's, and of clocks all that was said holds. True where
// something was written.
bool Store::settle_grants() {
  if (!watch_ || !watch_->now()) return false;
  bool written = false;
  for (const auto& [book, device] : work_->take_contested()) {
    const auto grant = merged(book, *RecordId::from(device.view()), std::string(kFormGrant));
    if (!grant) continue;
    std::map<std::string, Value> values;
    for (const auto& [field, conflict] : grant->conflicts) {
      const bool by_itself = std::ranges::any_of(
          conflict.candidates, [](const Candidate& each) { return is_held_up(each.value); });
      if (field == "revoked" && by_itself) values[field] = settled_revocation(conflict.candidates);
      if (field.starts_with(kAheadPrefix)) values[field] = settled_words(conflict.candidates);
    }
    // It was held up before it was known again that it may bring so much.
    const Grant* known = settings(book).grant(device);
    const DeviceShare held = held_of(book, device);
    if (!values.contains("revoked") && known != nullptr && known->held_up && known->allowed &&
        held.entries <= known->allowed->entries && held.bytes <= known->allowed->bytes) {
      values["revoked"] = Value();
    }
    if (values.empty()) continue;
    write_grant(book, device, values, *watch_->now());
    written = true;
  }
  return written;
}

// What is merged by now and claims to be from ahead is looked at when the clock is next believed.
void Store::look_at_clocks_again() {
  ClockBelief belief = clock_belief();
  belief.unseen = true;
  keep_clock_belief(belief);
}

// The streams of which no word covers all that is held.
void Store::owe_words_of_device(const BookCode& book, const DeviceId& device,
                                const ClockReading& now) {
  const auto book_id = streams_->find_book(book);
  if (!book_id) return;
  std::map<StreamKey, Sequence> held;
  for (const StreamRow& row : streams_->rows(*book_id).all()) {
    if (row.key.device != device) continue;
    Sequence& last = held[row.key];
    last = std::max(last, row.tip().number);
  }
  const BookSettings& in = settings(book);
  for (const auto& [stream, last] : held) {
    const auto said = in.not_after(stream, last);
    if (!said || *said > latest_tolerated(now.wall)) {
      watch_->owed().add(book, stream, {last, now.wall});
    }
  }
}

// Notes how late what stands ahead can have been written at most: it is here now. An anchor moves
// what came before it, and which entries of all only a look at each could tell: so all are held to
// its coming, which is true of each.
void Store::owe_clock_words(const MergeWork::Streams& ahead, const MergeWork::Grants& retimed) {
  const ClockReading now = *watch_->now();
  for (const auto& [book, stream] : ahead) {
    Sequence last;
    for (const Tip& tip : tips(book, stream)) last = std::max(last, tip.number);
    watch_->owed().add(book, stream, {last, now.wall});
  }
  for (const auto& [book, device] : retimed) owe_words_of_device(book, device, now);
}

// True where something was written.
bool Store::write_owed_words() {
  const ClockReading now = *watch_->now();
  const auto shut_out = [this](const OwedWords::Device& device) {
    const Grant* grant = settings(device.first).grant(device.second);
    return grant != nullptr && grant->revoked;
  };
  bool written = false;
  for (const auto& [where, streams] : watch_->owed().take_due(now.wall, shut_out)) {
    const auto& [book, device] = where;
    const Grant* grant = settings(book).grant(device);
    if (grant == nullptr) continue;  // without one nothing of it counts
    std::map<std::string, Value> values;
    for (const auto& [epoch, words] : streams) {
      const auto known = grant->ahead.find(epoch);
      const ClockWords before = known != grant->ahead.end() ? known->second : ClockWords();
      const ClockWords all = before + words;
      if (all != before) values.emplace(ahead_field(epoch), all.to_value());
    }
    if (values.empty()) continue;
    write_grant(book, device, values, now);
    written = true;
  }
  return written;
}

// Says of devices whose clocks stand ahead how late their entries can have been written at most:
// they are here. True where something is to be merged again for it.
bool Store::say_clock_words() {
  if (!watch_) return false;
  const bool heeds = work_->heeds_clock_words();
  const auto ahead = watch_->take_ahead();
  const auto retimed = work_->take_retimed();
  if (!watch_->now()) return false;
  ClockBelief belief = clock_belief();
  const bool believed = belief.believe(watch_->now()->wall);
  if (work_->take_begun_to_heed()) belief.unseen = true;
  bool written = false;
  if (heeds && !believed) {
    belief.unseen = belief.unseen || !ahead.empty() || !retimed.empty();
  } else if (heeds) {
    const bool lost = belief.owing && watch_->owed().empty();  // with the process that owed it
    if (std::exchange(belief.unseen, false) || lost) owe_clock_words(watch_->all_ahead(), {});
    owe_clock_words(ahead, retimed);
    belief.owing = false;
    written = write_owed_words();
    belief.owing = !watch_->owed().empty();
  }
  keep_clock_belief(belief);
  return written;
}

ClockBelief Store::clock_belief() {
  return ClockBelief::read(meta(kClockBeliefKey).value_or(""));
}

void Store::keep_clock_belief(const ClockBelief& belief) {
  if (const std::string text = belief.text(); meta(kClockBeliefKey) != text) {
    set_meta(kClockBeliefKey, text);
  }
  const bool doubted = belief.doubted_since.has_value();
  if (std::exchange(told_doubt_, doubted) != doubted) options_.on_clock(belief);
}

std::optional<Instant> Store::time_to_tell(const ClockReading& now) {
  if (watch_ && !clock_belief().believe(now.wall)) return std::nullopt;
  return now.wall;
}

void Store::mind_clock(const ClockReading& now) {
  if (!watch_) return;
  const ClockBelief belief = clock_belief();
  if (belief.unseen || belief.owing || belief.doubted_since) watch_->tells(now);
}

void Store::believe_clock(const ClockReading& now) {
  SITELOG_ASSERT(watch_.has_value());
  watch_->tells(now);
  keep_clock_belief({.latest = now.wall, .unseen = true});
}

DeviceShare Store::held_of(const BookCode& book, const DeviceId& device) {
  const auto book_id = streams_->find_book(book);
  return book_id ? streams_->held_of(*book_id, device) : DeviceShare{};
}

DeviceShare Store::allowed(const BookCode& book, const DeviceId& device) {
  const Grant* grant = settings(book).grant(device);
  return grant != nullptr && grant->allowed ? *grant->allowed : options_.most_of_device;
}

std::optional<Refusal> Store::refuse_for_room() const {
  const auto space = options_.space ? options_.space() : std::nullopt;
  if (!space || space->free >= limits::disk_reserve(space->total)) return std::nullopt;
  return Refusal{Reason::kNoRoom,
                 N_("headquarters' disk is nearly full: it takes nothing new until there is room; "
                    "what was recorded stays here and is sent later"),
                 {}};
}

// What comes beyond the tips at which a device was held up counts nowhere: it isn't kept.
std::optional<Refusal> Store::refuse_held_up(const Batch& batch) {
  const DeviceId& device = batch.stream.device;
  const Grant* grant = settings(batch.book).grant(device);
  if (grant == nullptr || !grant->held_up) return std::nullopt;
  const bool reaches_there = std::ranges::any_of(grant->kept, [&](const Tip& tip) {
    return tip.stream == batch.stream && tip.number >= batch.first;
  });
  if (reaches_there) return std::nullopt;
  return Refusal{Reason::kHeldUp,
                 N_("headquarters keeps no more of device {} until it is let in again"),
                 {device.hex()}};
}

void Store::hold_up_for_one_record(const BookCode& book, const DeviceId& device,
                                   const ClockReading& now) {
  const uint64_t chains = allowed(book, device).chains;
  if (work_->says_too_much(device, chains != 0 ? chains : limits::kDeviceChainsOfRecordMax)) {
    hold_up(book, device, now);
  }
}

// Each word on a device's clock has all its records in conflict merged anew. What of its comes into
// conflict is counted along; only where that is much, what is so still. True where something was
// written.
bool Store::hold_up_for_conflicts() {
  bool written = false;
  for (const auto& [where, more] : work_->take_contended()) {
    const auto& [book, device] = where;
    const uint64_t allowance = allowed(book, device).contended;
    const uint64_t entries_max = allowance != 0 ? allowance : limits::kDeviceContendedMax;
    const uint64_t bytes_max = entries_max * limits::kContendedEntryBytes;
    const auto is_much = [&](const ContendedShare& share) {
      return share.entries > entries_max || share.bytes > bytes_max;
    };
    const auto book_id = streams_->find_book(book);
    if (!book_id || !is_much(contended_->add(*book_id, device, more))) continue;
    const ContendedShare still = contended_->in_conflict(*book_id, device);
    contended_->set(*book_id, device, still);
    if (!is_much(still) || !watch_ || !watch_->now()) continue;
    written = hold_up(book, device, *watch_->now()) || written;
  }
  return written;
}

// Those that began here first: what a thief adds puts nothing out that was there before.
std::vector<Tip> Store::tips_to_keep(const BookCode& book, const DeviceId& device) const {
  std::vector<std::pair<int64_t, Tip>> found;
  if (const auto book_id = streams_->find_book(book)) {
    for (const StreamRow& row : streams_->rows(*book_id).all()) {
      if (row.key.device == device) found.emplace_back(row.id, row.tip());
    }
  }
  std::ranges::sort(found);
  if (found.size() > limits::kListItemsMax) found.resize(limits::kListItemsMax);
  std::vector<Tip> out;
  for (const auto& [row, tip] : found) out.push_back(tip);
  return out;
}

// Says that nothing of the device counts beyond what is held: as a revocation does, so that it
// holds everywhere, whichever way more of it comes.
bool Store::hold_up(const BookCode& book, const DeviceId& device, const ClockReading& now) {
  const Grant* grant = settings(book).grant(device);
  if (grant == nullptr || grant->revoked) return false;
  write_grant(book, device, {{"revoked", held_up_value(tips_to_keep(book, device), now.wall.ms)}},
              now);
  return true;
}

}  // namespace sitelog
