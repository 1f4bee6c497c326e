#include "sync/merge/judging_rules.hpp"

#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/state_digest.hpp"

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

}  // namespace

KnownRules::KnownRules(std::vector<const JudgingRules*> from_one) : rules_(std::move(from_one)) {
  SITELOG_ASSERT(!rules_.empty());
}

const JudgingRules& KnownRules::of(uint64_t number) const {
  SITELOG_ASSERT(number >= 1 && number <= newest());
  return *rules_[number - 1];
}

const KnownRules& known_rules() {
  static const RulesOne one;
  static const KnownRules all({&one});
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
