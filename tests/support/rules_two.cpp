#include "tests/support/rules_two.hpp"

namespace sitelog {

namespace {

class RulesTwo final : public JudgingRules {
 public:
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override {
    for (const Assignment& made : entry.assignments) {
      const std::string* text = made.field == "title" ? made.value.text() : nullptr;
      if (text != nullptr && text->ends_with("7")) {
        return Refusal{Reason::kNotPermitted, N_("a title doesn't end in {}"), {"7"}};
      }
    }
    return known_rules().of(1).judge(in, author, entry, before_revocation);
  }
};

}  // namespace

const KnownRules& rules_to_two() {
  static const RulesTwo two;
  static const KnownRules all({&known_rules().of(1), &two});
  return all;
}

}  // namespace sitelog
