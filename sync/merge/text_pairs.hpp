#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/ledger/value.hpp"

// What texts are looked for by. A text is found wherever it stands in another, without regard to
// case and width; in Chinese, where no blanks part words, nothing else would do.
namespace sitelog {

// ASCII letters in lower case, full-width ASCII and the wide blank as their plain twins: what is
// looked for, and where. Any bytes.
std::string folded(std::string_view text);

// Two characters side by side in a folded text, by their code points; the last one of all stands
// before nothing, 0. A number: the first character's 21 bits, then the second's.
using TextPair = uint64_t;
inline constexpr int kCharacterBits = 21;
inline constexpr int kPairBits = 2 * kCharacterBits;

// Of each character of the text, which need not be folded, the pair that it begins; in that order.
void add_pairs(std::string_view text, std::vector<TextPair>& out);

// The fields of a record in which texts are looked for: texts, and items of lists.
template <class Visit>  // (std::string_view text)
void each_text(const Value& value, const Visit& visit) {
  if (const auto* text = value.text()) visit(std::string_view(*text));
  if (const auto* list = value.list()) {
    for (const std::string& item : *list) visit(std::string_view(item));
  }
}
// Whether a value holds a text that is folded.
bool holds(const Value& value, std::string_view wanted);

// What is looked for in an index of pairs.
struct SoughtPairs {
  // All of them are in what holds the text; where `any_of_first`, instead those that begin with
  // this character.
  std::vector<TextPair> pairs;
  std::optional<uint32_t> any_of_first;
  // What has all of them holds the text: it has two characters at most.
  bool exact = false;
};
// `wanted` is folded and not empty.
SoughtPairs sought_pairs(std::string_view wanted);

}  // namespace sitelog
