#include "tests/support/rules_of_tomorrow.hpp"

namespace sitelog {

namespace {

const RulesTwo& small_two() {
  static const RulesTwo two(kSmallShare);
  return two;
}

const RulesThree& small_three() {
  static const RulesThree three(kSmallShare);
  return three;
}

const RulesFour& small_four() {
  static const RulesFour four(kSmallShare);
  return four;
}

class RulesFive final : public RulesFour {
 public:
  using RulesFour::RulesFour;
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override {
    for (const Assignment& made : entry.assignments) {
      const std::string* text = made.field == "title" ? made.value.text() : nullptr;
      if (text != nullptr && text->ends_with("7")) {
        return Refusal{Reason::kNotPermitted, N_("a title doesn't end in {}"), {"7"}};
      }
    }
    return RulesFour::judge(in, author, entry, before_revocation);
  }
};

}  // namespace

const KnownRules& rules_of_today() {
  static const KnownRules all({&known_rules().of(1), &small_two(), &small_three(), &small_four()});
  return all;
}

const KnownRules& rules_of_tomorrow() {
  static const RulesFive five(kSmallShare);
  static const KnownRules all(
      {&known_rules().of(1), &small_two(), &small_three(), &small_four(), &five});
  return all;
}

}  // namespace sitelog
