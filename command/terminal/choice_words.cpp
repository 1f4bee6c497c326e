#include "command/terminal/choice_words.hpp"

#include "campaign/text.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace {

// Policies have words that are not those of what else is called so.
std::string policy_words(const std::string& choice, Language language) {
  return tr(language, ("policy " + choice).c_str());
}

}  // namespace

std::optional<std::string> choice_called(const std::vector<std::string>& choices,
                                         const std::string& word) {
  const std::string_view given = trimmed(word);
  for (const std::string& choice : choices) {
    if (given == choice || given == tr(Language::kChinese, choice.c_str()) ||
        given == policy_words(choice, Language::kChinese)) {
      return choice;
    }
  }
  return std::nullopt;
}

std::string choices_in_words(const std::vector<std::string>& choices, Language language) {
  std::vector<std::string> out;
  for (const std::string& choice : choices) {
    const std::string label = tr(language, choice.c_str());
    out.push_back(label != choice ? choice + " " + label : choice);
  }
  return join(out, between_items(language));
}

void name_choices(DetailedRefusal& refusal, const char* text, Language language) {
  for (FieldProblem& problem : refusal.problems) {
    if (problem.refusal.text != text || problem.refusal.args.size() != 2) continue;
    std::string& all = problem.refusal.args.back();
    all = choices_in_words(split_list(all), language);
  }
}

}  // namespace sitelog
