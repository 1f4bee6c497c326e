#include "sync/merge/judging_rules.hpp"

#include <algorithm>
#include <limits>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/state_digest.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

namespace {

constexpr const char* kNumber = "number";
constexpr const char* kInstall = "install";

class RulesOne final : public JudgingRules {
 public:
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override {
    return in.judge(author, entry, before_revocation);
  }
};

// What stands in it twice would cost again each time it is looked at, and says no more.
bool has_repetition(std::vector<EntryName> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

uint64_t always_fit(const ChainShare& most) {
  return std::min({most.entries, most.bytes / limits::kEntryBytesMax,
                   most.assignments / limits::kAssignmentsMax});
}

std::optional<Refusal> RulesTwo::judge(const BookSettings& in, const DeviceId& author,
                                       const Entry& entry, bool before_revocation) const {
  if (auto refusal = in.judge(author, entry, before_revocation)) return refusal;
  if (has_repetition(entry.parents)) {
    return Refusal{Reason::kMalformed, N_("it names a parent twice"), {}};
  }
  for (const Assignment& assignment : entry.assignments) {
    if (has_repetition(assignment.replaces)) {
      return Refusal{
          Reason::kMalformed, N_("its field {} replaces an entry twice"), {assignment.field}};
    }
    if (assignment.field != kFieldCampaign || assignment.value.is_cleared()) continue;
    const std::string* campaign = assignment.value.text();
    if (campaign == nullptr || campaign->size() > limits::kKeyBytesMax) {
      return Refusal{Reason::kMalformed, N_("its campaign is no id of a campaign"), {}};
    }
  }
  return std::nullopt;
}

std::optional<ChainShare> RulesTwo::most_of_record(std::string_view form) const {
  // Each start of a device whose clock forgets the time adds one to its clock's record.
  const uint64_t entries = form == kFormClock ? 10 * most_.entries : most_.entries;
  return ChainShare{entries, most_.bytes, std::numeric_limits<uint64_t>::max()};
}

std::optional<ChainShare> RulesThree::most_of_record(std::string_view form) const {
  if (form == kFormClock) return ChainShare{10 * most_.entries, most_.bytes, 10 * most_.entries};
  return most_;
}

std::optional<Refusal> RulesFour::judge(const BookSettings& in, const DeviceId& author,
                                        const Entry& entry, bool before_revocation) const {
  if (auto refusal = RulesThree::judge(in, author, entry, before_revocation)) return refusal;
  for (const Assignment& assignment : entry.assignments) {
    if (assignment.field.starts_with(kStationPrefix)) {
      return Refusal{Reason::kNotPermitted, N_("reviewing is headquarters'"), {}};
    }
    if (assignment.field == kFieldSent && !read_sent(assignment.value)) {
      return Refusal{Reason::kMalformed, N_("what it sends to be judged can't be read"), {}};
    }
  }
  return std::nullopt;
}

KnownRules::KnownRules(std::vector<const JudgingRules*> from_one) : rules_(std::move(from_one)) {
  SITELOG_ASSERT(!rules_.empty());
}

const JudgingRules& KnownRules::of(uint64_t number) const {
  SITELOG_ASSERT(number >= 1 && number <= newest());
  return *rules_[number - 1];
}

const KnownRules& known_rules() {
  static const RulesOne one;
  constexpr ChainShare kMost{limits::kRecordEntriesOfChainMax, limits::kRecordBytesOfChainMax,
                             limits::kRecordAssignmentsOfChainMax};
  static const RulesTwo two(kMost);
  static const RulesThree three(kMost);
  static const RulesFour four(kMost);
  static const KnownRules all({&one, &two, &three, &four});
  return all;
}

RecordId rules_record() {
  constexpr std::string_view kName = "sitelog rules";
  RecordId out;
  std::copy(kName.begin(), kName.end(), out.bytes.begin());
  return out;
}

uint64_t rules_number(const RecordState& record) {
  return static_cast<uint64_t>(std::max<int64_t>(1, record.integer(kNumber)));
}

std::map<std::string, Value> rules_values(uint64_t number, const std::string& install) {
  return {{kNumber, Value(static_cast<int64_t>(number))}, {kInstall, Value(install)}};
}

Hash told_digest(const Hash& sum, uint64_t judged_by) {
  if (judged_by == 1) return sum;
  Hasher hasher;
  return add(sum, hasher.add("sitelog rules 1\n").add_number(judged_by).finish());
}

}  // namespace sitelog
