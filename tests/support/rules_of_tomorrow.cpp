#include "tests/support/rules_of_tomorrow.hpp"

namespace sitelog {

namespace {

const RulesTwo& small_two() {
  static const RulesTwo two(kSmallShare);
  return two;
}

class RulesThree final : public JudgingRules {
 public:
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override {
    for (const Assignment& made : entry.assignments) {
      const std::string* text = made.field == "title" ? made.value.text() : nullptr;
      if (text != nullptr && text->ends_with("7")) {
        return Refusal{Reason::kNotPermitted, N_("a title doesn't end in {}"), {"7"}};
      }
    }
    return small_two().judge(in, author, entry, before_revocation);
  }
  std::optional<ChainShare> most_of_record(std::string_view form) const override {
    return small_two().most_of_record(form);
  }
};

}  // namespace

const KnownRules& rules_of_today() {
  static const KnownRules all({&known_rules().of(1), &small_two()});
  return all;
}

const KnownRules& rules_of_tomorrow() {
  static const RulesThree three;
  static const KnownRules all({&known_rules().of(1), &small_two(), &three});
  return all;
}

}  // namespace sitelog
