// What counts and what is set aside: the part of MergeWork that judges.
#include <algorithm>
#include <limits>

#include "sync/merge/forms.hpp"
#include "sync/merge/merge_work_parts.hpp"

namespace sitelog {

namespace {

ChainShare times(const ChainShare& share, uint64_t factor) {
  const auto most = std::numeric_limits<uint64_t>::max() / factor;
  return {factor * std::min(share.entries, most), factor * std::min(share.bytes, most),
          factor * std::min(share.assignments, most)};
}

}  // namespace

// A revoked device's entries up to the tips that its revocation names still count.
bool MergeWork::before_revocation(Book& book, const EntryPlace& place) {
  const Grant* grant = book.settings->grant(place.stream.device);
  if (grant == nullptr || !grant->revoked) return true;
  return std::any_of(grant->kept.begin(), grant->kept.end(), [&](const Tip& tip) {
    return tip.stream == place.stream && shelf_.leads_to(book.code, place, tip);
  });
}

std::optional<Refusal> MergeWork::judge(const BookCode& code, const EntryPlace& place,
                                        const Entry& entry) {
  return judge(book(code), place, entry, nullptr);
}

// `record`: what the entry is added to, where it is; else it has stood there before.
std::optional<Refusal> MergeWork::judge(Book& book, const EntryPlace& place, const Entry& entry,
                                        Record* record) {
  // What headquarters writes counts by any rules: else the word that lays rules down could be
  // refused by them.
  if (place.stream.device == book.settings->authority()) return std::nullopt;
  auto refusal =
      rules().judge(*book.settings, place.stream.device, entry, before_revocation(book, place));
  const auto most = rules().most_of_record(entry.form);
  if (refusal || !most) return refusal;
  const uint64_t always = always_fit(*most);
  const RecordKey key{book.code, entry.record, entry.form};
  if (record != nullptr) {
    if (!record->before) record->before = record->kept ? shelf_.entries_of(key, always + 1) : 0;
    if (*record->before + record->added <= always) return std::nullopt;
    much_said_.insert(record);
  } else if (shelf_.entries_of(key, always + 1) <= always) {
    return std::nullopt;
  }
  const ChainShare share = shelf_.in_chain(key, place);
  if (share.fits(*most)) return std::nullopt;
  if (share.assignments > most->assignments) {
    return Refusal{Reason::kTooLarge,
                   N_("device {} has set more fields of this record in one stream than counts: {}"),
                   {place.stream.device.hex(), std::to_string(most->assignments)}};
  }
  return Refusal{
      Reason::kTooLarge,
      N_("device {} has written more of this record in one stream than counts: {} "
         "entries or {} bytes"),
      {place.stream.device.hex(), std::to_string(most->entries), std::to_string(most->bytes)}};
}

bool MergeWork::says_too_much(const DeviceId& device, uint64_t chains) {
  const auto records = std::exchange(much_said_, {});
  return std::any_of(records.begin(), records.end(), [&](const Record* record) {
    const auto one = rules().most_of_record(record->form);
    if (!one) return false;
    const ChainShare most = times(*one, chains);
    const uint64_t always = always_fit(most);
    return shelf_.entries_of(record->key(), always + 1) > always &&
           !shelf_.of_device(record->key(), device).fits(most);
  });
}

bool MergeWork::chain_is_full(const RecordKey& key, const EntryPlace& last, BytesView entry) {
  const auto most = rules().most_of_record(key.form);
  if (!most) return false;
  const uint64_t always = always_fit(*most);
  const Record* opened = opened_->find(book(key.book), key.record, key.form).first;
  const uint64_t added = opened != nullptr ? opened->added : 0;
  if (shelf_.entries_of(key, always) + added < always) return false;
  ChainShare share = shelf_.in_chain(key, last);
  share.add(entry);
  return !share.fits(*most);
}

uint64_t MergeWork::judged_by() {
  if (!judged_by_) judged_by_ = shelf_.judged_by();
  return *judged_by_;
}

uint64_t MergeWork::rules_to_follow() {
  const BookCode root(kRootBook);
  const std::string form(kFormRules);
  const auto said = state({root, rules_record(), form});
  return known_.usable(said ? rules_number(*said) : 1);
}

void MergeWork::follow_rules() {
  const uint64_t rules = rules_to_follow();
  if (rules == judged_by()) return;
  const bool heeded = heeds_clock_words();
  const bool stations = this->rules().heed_stations();
  judged_by_ = rules;
  shelf_.set_judged_by(rules);
  if (heeds_clock_words() != heeded) {
    merge_conflicts_again(nullptr);
    begun_to_heed_ = !heeded;
  }
  std::vector<std::pair<BookCode, DeviceId>> authors;
  shelf_.each_author(
      [&](const BookCode& book, const DeviceId& device) { authors.emplace_back(book, device); });
  merges_stations_again_ = this->rules().heed_stations() != stations;
  for (const auto& [code, device] : authors) judge_again(book(code), {device});
  merges_stations_again_ = false;
}

void MergeWork::judge_kept(const BookCode& code, const StreamKey& stream,
                           const std::function<bool(const Tip&)>& has_come) {
  Book& in = book(code);
  const Grant* grant = in.settings->grant(stream.device);
  if (grant == nullptr) return;
  std::vector<Tip> before;  // what leads to these was judged when they came
  bool reached = false;
  for (const Tip& tip : grant->kept) {
    if (tip.stream != stream) continue;
    const bool now = has_come(tip);
    reached = reached || now;
    if (!now) before.push_back(tip);
  }
  if (reached) judge_again(in, {stream.device, std::move(before), stream});
}

void MergeWork::judge_again(Book& book, const Shelf::Which& which) {
  shelf_.each_entry_of(book.code, which,
                       [&](const EntryPlace& place, std::string_view bytes, bool was_aside) {
                         auto entry = decode_entry(as_bytes(bytes));
                         if (!entry) return;
                         const auto refusal = judge(book, place, *entry, nullptr);
                         if (refusal) {
                           shelf_.set_aside(book.code, place, *refusal);
                         } else if (was_aside) {
                           shelf_.take_back(book.code, place);
                           watch(book, place, *entry);
                         }
                         const bool as_before = refusal.has_value() == was_aside;
                         if (as_before && !(merges_stations_again_ && concerns_stations(*entry))) {
                           return;
                         }
                         open(book, entry->record, entry->form).merge_anew();
                       });
}

}  // namespace sitelog
