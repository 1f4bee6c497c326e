#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/label.hpp"
#include "sync/ledger/answer.hpp"

// The words of an argument that is one of some: programs give them as they are, people as they are
// called. Any thread.
namespace sitelog {

// The one that is called so, by itself or as it reads in Chinese.
std::optional<std::string> choice_called(const std::vector<std::string>& choices,
                                         const std::string& word);
// All of them, each with what it is called in that language, where that is another word.
std::string choices_in_words(const std::vector<std::string>& choices, Language language);
// Where problems of a refusal say `text`, whose second and last argument is what there is to choose
// from, with what that is called.
void name_choices(DetailedRefusal& refusal, const char* text, Language language);

}  // namespace sitelog
