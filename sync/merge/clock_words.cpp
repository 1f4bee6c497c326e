#include "sync/merge/clock_words.hpp"

#include <algorithm>
#include <charconv>

namespace sitelog {

namespace {

template <class Whole>
std::optional<Whole> parse_number(std::string_view text, int base = 10) {
  Whole out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

ClockWords::ClockWords(std::vector<ClockWord> said) : said_(std::move(said)) {
  std::stable_sort(said_.begin(), said_.end(),
                   [](const ClockWord& a, const ClockWord& b) { return a.upto < b.upto; });
  earliest_.resize(said_.size());
  for (size_t i = said_.size(); i-- > 0;) {
    earliest_[i] = said_[i].not_after;
    if (i + 1 < said_.size()) earliest_[i] = std::min(earliest_[i], earliest_[i + 1]);
  }
}

ClockWords ClockWords::read(const Value& value) {
  if (value.list() == nullptr) return {};
  std::vector<ClockWord> said;
  for (const std::string& text : *value.list()) {
    const std::string_view word = text;
    const size_t colon = word.find(':');
    if (colon == std::string_view::npos) continue;
    const auto number = parse_number<uint64_t>(word.substr(0, colon));
    const auto wall = parse_number<int64_t>(word.substr(colon + 1));
    if (number && wall) said.push_back({{*number}, {*wall}});
  }
  return ClockWords(std::move(said));
}

Value ClockWords::to_value() const {
  TextList out;
  for (const ClockWord& word : said_) {
    out.push_back(std::to_string(word.upto.value) + ":" + std::to_string(word.not_after.ms));
  }
  return Value(std::move(out));
}

std::optional<Instant> ClockWords::not_after(Sequence number) const {
  const auto covers = std::lower_bound(
      said_.begin(), said_.end(), number,
      [](const ClockWord& word, const Sequence& wanted) { return word.upto < wanted; });
  if (covers == said_.end()) return std::nullopt;
  return earliest_[static_cast<size_t>(covers - said_.begin())];
}

std::string ahead_field(Epoch epoch) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(kAheadPrefix);
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[epoch.value >> shift & 15];
  return out;
}

std::optional<Epoch> epoch_of_ahead_field(std::string_view field) {
  if (!field.starts_with(kAheadPrefix)) return std::nullopt;
  const std::string_view digits = field.substr(kAheadPrefix.size());
  const auto number = parse_number<uint64_t>(digits, 16);
  if (!number || ahead_field({*number}) != field) return std::nullopt;
  return Epoch{*number};
}

ClockWords few_words(std::vector<ClockWord> said) {
  std::ranges::sort(said, {},
                    [](const ClockWord& word) { return std::pair(word.upto, word.not_after); });
  // Ascending by both: what a later one says already says nothing.
  std::vector<ClockWord> out;
  for (const ClockWord& word : said) {
    while (!out.empty() && out.back().not_after >= word.not_after) out.pop_back();
    if (out.empty() || out.back().upto != word.upto) out.push_back(word);
  }
  // How much later what is covered by one is taken for without it. May wrap: never negative.
  const auto until_next = [](const ClockWord& word) {
    return static_cast<uint64_t>((&word + 1)->not_after.ms) -
           static_cast<uint64_t>(word.not_after.ms);
  };
  while (out.size() > kWordsOfStreamMax) {
    out.erase(std::ranges::min_element(out.begin(), out.end() - 1, {}, until_next));
  }
  return ClockWords(std::move(out));
}

ClockWords operator+(const ClockWords& a, const ClockWords& b) {
  std::vector<ClockWord> all = a.said();
  all.insert(all.end(), b.said().begin(), b.said().end());
  return few_words(std::move(all));
}

}  // namespace sitelog
