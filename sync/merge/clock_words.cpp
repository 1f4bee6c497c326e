#include "sync/merge/clock_words.hpp"

#include <algorithm>
#include <charconv>

#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

constexpr size_t kWithoutReach = 32;

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

uint64_t reach_of_word(size_t said_before) {
  if (said_before < kWithoutReach) return 0;
  if (said_before + 1 >= kWordsOfDeviceMax) return limits::kSequenceMax;
  return uint64_t{1} << (said_before - kWithoutReach);
}

ClockWords with_word(const ClockWords& words, size_t said_before, Sequence tip, Instant now) {
  std::vector<ClockWord> out = words.said();
  const uint64_t reach = std::min(reach_of_word(said_before), limits::kSequenceMax - tip.value);
  out.push_back({{tip.value + reach}, now});
  return ClockWords(std::move(out));
}

}  // namespace sitelog
