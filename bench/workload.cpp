#include "bench/workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>
#include <unordered_set>

#include "bench/workload_words.hpp"

namespace sitelog::bench {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kFirstDayMs = 1'735'689'600'000;  // 2025-01-01
constexpr size_t kVocabularySize = 2000;
constexpr int64_t kDevices = 40;
constexpr int64_t kUnits = 28;

// A text and how many characters it has.
struct Word {
  std::string text;
  int64_t length = 0;
};

int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char byte) { return (static_cast<uint8_t>(byte) & 0xc0) != 0x80; });
}

std::vector<std::string> words_of(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) ++end;
    out.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return out;
}

template <class T>
const T& pick(Dice& dice, const std::vector<T>& from) {
  return from[static_cast<size_t>(dice.below(static_cast<int64_t>(from.size())))];
}

const std::vector<std::string>& places() {
  static const std::vector<std::string> all = words_of(kPlaceWords);
  return all;
}

const std::vector<std::string> kRooms{"礼堂",   "活动室", "广场",   "项目部会议室", "井口候罐室",
                                      "一车间", "食堂",   "文化站", "职工之家",     "操场"};
const std::vector<std::string> kTroupes{"艺术团", "放映队", "书画社", "讲师团", "志愿服务队"};

const std::vector<std::string>& devices() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (int64_t i = 1; i <= kDevices; ++i) {
      std::array<char, 16> name{};
      std::snprintf(name.data(), name.size(), "tab-%03d", static_cast<int>(i));
      out.emplace_back(name.data());
    }
    return out;
  }();
  return all;
}

// The words of the trade first, then made-up ones, each once.
const std::vector<Word>& vocabulary() {
  static const std::vector<Word> all = [] {
    std::vector<Word> out;
    std::unordered_set<std::string> known;
    const auto add = [&](const std::string& word) {
      if (known.insert(word).second) out.push_back({word, characters(word)});
    };
    for (const std::string& word : words_of(kTradeWords)) add(word);
    std::vector<std::string> letters;
    std::unordered_set<std::string> seen;
    for (const std::string& letter : characters_of(kCommonCharacters)) {
      if (seen.insert(letter).second) letters.push_back(letter);
    }
    Dice dice(0xC0FFEE);
    while (out.size() < kVocabularySize) {
      int length = 2;
      if (dice.fraction() >= 0.82) length = dice.fraction() < 0.6 ? 3 : 4;
      std::string word;
      for (int i = 0; i < length; ++i) {
        const double at = static_cast<double>(letters.size()) * std::pow(dice.fraction(), 1.6);
        word += letters[static_cast<size_t>(at)];
      }
      add(word);
    }
    return out;
  }();
  return all;
}

// How much of all text the words up to each one make: Zipf's law with exponent 0.9 over a shuffled
// order, words of the trade three times as often.
const std::vector<double>& cumulated() {
  static const std::vector<double> all = [] {
    const size_t trade_words = words_of(kTradeWords).size();
    std::vector<size_t> order(vocabulary().size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    Dice dice(77);
    for (size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[static_cast<size_t>(dice.below(static_cast<int64_t>(i) + 1))]);
    }
    std::vector<double> weight(order.size());
    for (size_t rank = 0; rank < order.size(); ++rank) {
      weight[order[rank]] =
          std::pow(static_cast<double>(rank) + 3, -0.9) * (order[rank] < trade_words ? 3 : 1);
    }
    double total = 0;
    std::vector<double> out;
    for (const double each : weight) {
      total += each;
      out.push_back(total);
    }
    for (double& each : out) each /= total;
    return out;
  }();
  return all;
}

const Word& draw_word(Dice& dice) {
  const double at = dice.fraction();
  const auto& table = cumulated();
  const auto found = std::lower_bound(table.begin(), table.end() - 1, at);
  return vocabulary()[static_cast<size_t>(found - table.begin())];
}

// Text of about `least` to `most` characters, with numbers and punctuation.
std::string draw_text(Dice& dice, int64_t least, int64_t most) {
  const int64_t wanted = dice.between(least, most);
  std::string out;
  int64_t length = 0;
  int64_t in_clause = 0;
  while (length < wanted) {
    if (dice.fraction() < 0.03) {
      out += std::to_string(dice.between(2, 400));
      length += 1;
    } else {
      const Word& word = draw_word(dice);
      out += word.text;
      length += word.length;
    }
    const int64_t clause = dice.between(3, 7);
    if (++in_clause > clause && length < wanted) {
      if (dice.fraction() < 0.65) {
        out += "，";
      } else {
        out += dice.fraction() < 0.8 ? "。" : "；";
      }
      in_clause = 0;
    }
  }
  return out + "。";
}

std::string draw_phrase(Dice& dice, int64_t least, int64_t most) {
  const int64_t wanted = dice.between(least, most);
  std::string out;
  for (int64_t length = 0; length < wanted;) {
    const Word& word = draw_word(dice);
    out += word.text;
    length += word.length;
  }
  return out;
}

struct Reporter {
  std::string name, phone;
};

const std::vector<Reporter>& reporters() {
  static const std::vector<Reporter> all = [] {
    const auto surnames = characters_of(kSurnames);
    const auto given = characters_of(kGivenNames);
    Dice dice(5);
    std::vector<Reporter> out;
    while (out.size() < 160) {
      Reporter each;
      each.name = pick(dice, surnames);
      each.name += pick(dice, given);
      if (dice.fraction() < 0.7) each.name += pick(dice, given);
      std::array<char, 16> phone{};
      std::snprintf(phone.data(), phone.size(), "000-%07d",
                    static_cast<int>(dice.below(10'000'000)));
      each.phone = phone.data();
      out.push_back(std::move(each));
    }
    return out;
  }();
  return all;
}

const std::vector<std::string>& teams() {
  static const std::vector<std::string> all = [] {
    Dice dice(6);
    std::vector<std::string> out;
    while (out.size() < 60) {
      std::string team = pick(dice, places());
      team += draw_phrase(dice, 2, 4);
      team += pick(dice, kTroupes);
      out.push_back(std::move(team));
    }
    return out;
  }();
  return all;
}

std::string draw_venue(Dice& dice) {
  std::string out = pick(dice, places());
  out += draw_phrase(dice, 2, 5);
  out += pick(dice, kRooms);
  return out;
}

std::string draw_title(Dice& dice, const std::string& kind) {
  return "“" + kind + "”" + draw_phrase(dice, 10, 22);
}

std::string hex_of(int64_t number, int digits) {
  std::array<char, 24> out{};
  std::snprintf(out.data(), out.size(), "%0*llx", digits, static_cast<unsigned long long>(number));
  return out.data();
}

// Days since 1970-01-01 as YYYY-MM-DD (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
std::string date_text(int64_t days) {
  const int64_t z = days + 719'468;
  const int64_t era = z / 146'097;
  const int64_t of_era = z - era * 146'097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int64_t day = of_year - (153 * shifted + 2) / 5 + 1;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02d", static_cast<int>(year),
                static_cast<int>(month), static_cast<int>(day));
  return out.data();
}

}  // namespace

const std::vector<std::string>& workload_units() {
  static const std::vector<std::string> all = [] {
    const std::array<const char*, 4> kinds{"市总工会", "县总工会", "区总工会", "产业工会"};
    std::vector<std::string> out;
    for (size_t i = 0; i < places().size(); ++i) out.push_back(places()[i] + kinds[i % 4]);
    return out;
  }();
  return all;
}

const std::vector<std::string>& choices_of(size_t field) {
  static const std::vector<std::string> kinds{"送文艺", "送电影", "送书画", "送培训", "送讲座"};
  static const std::vector<std::string> levels{"县", "市区", "基层"};
  static const std::vector<std::string> sites{"mine", "construction_site", "workshop", "community"};
  static const std::vector<std::string> deliveries{"purchased", "volunteer"};
  static const std::vector<std::string> none;
  switch (field) {
    case kUnit: return workload_units();
    case kKind: return kinds;
    case kLevel: return levels;
    case kSiteType: return sites;
    case kDelivery: return deliveries;
    default: return none;
  }
}

Dice::Dice(uint32_t seed) : a_(seed) {
  for (int i = 0; i < 20; ++i) next();
}

uint32_t Dice::next() {
  const uint32_t out = a_ + b_ + d_++;
  a_ = b_ ^ (b_ >> 9);
  b_ = c_ + (c_ << 3);
  c_ = ((c_ << 21) | (c_ >> 11)) + out;
  return out;
}

std::string Dice::hex(size_t digits) {
  std::string out;
  while (out.size() < digits) out += hex_of(next(), 8);
  return out.substr(0, digits);
}

Generator::Generator(uint32_t seed) : dice_(seed), wall_ms_(kFirstDayMs + 3'600'000) {}

void Generator::skip_to_day(int64_t day) {
  wall_ms_ = kFirstDayMs + day * kDayMs;
}

Put Generator::record() {
  Dice& dice = dice_;
  wall_ms_ += dice.between(500, 600'000);
  const int64_t device = dice.below(kDevices);
  const int64_t unit = (device + 13 * dice.below(2)) % kUnits;
  const std::string& kind = pick(dice, choices_of(kKind));
  const int64_t day = wall_ms_ / kDayMs - dice.below(6);
  const std::string& site = pick(dice, choices_of(kSiteType));
  const Reporter& reporter = reporters()[static_cast<size_t>((device * 4 + dice.below(4)) % 160)];
  Put out;
  out[kId] = hex_of(wall_ms_, 12) + "7";
  out[kId] += dice.hex(3);
  out[kId] += hex_of(8 + dice.below(4), 1);
  out[kId] += dice.hex(15);
  out[kUnit] = workload_units()[static_cast<size_t>(unit)];
  out[kDevice] = devices()[static_cast<size_t>(device)];
  out[kKind] = kind;
  out[kDate] = date_text(day);
  out[kLevel] = pick(dice, choices_of(kLevel));
  out[kVenue] = draw_venue(dice);
  out[kSiteType] = site;
  out[kTitle] = draw_title(dice, kind);
  out[kSessions] = std::to_string(1 + dice.below(4));
  out[kParticipants] = std::to_string(dice.between(20, 900));
  out[kTeam] = pick(dice, teams());
  out[kDelivery] = choices_of(kDelivery)[dice.fraction() < 0.4 ? 0 : 1];
  out[kReporter] = reporter.name;
  out[kPhone] = reporter.phone;
  out[kSummary] = draw_text(dice, 150, 400);
  return out;
}

Edit Generator::edit(const Put& record) {
  Dice& dice = dice_;
  Edit out{record[kId], {}};
  const auto set = [&out](size_t field, std::string value) {
    for (auto& [known, old] : out.set) {
      if (known == field) {
        old = std::move(value);
        return;
      }
    }
    out.set.emplace_back(field, std::move(value));
  };
  std::string device;
  do {
    device = pick(dice, devices());
  } while (device == record[kDevice]);
  set(kDevice, device);
  const auto fields = static_cast<size_t>(dice.between(1, 3)) + 1;
  while (out.set.size() < fields) {
    switch (dice.below(6)) {
      case 0: set(kParticipants, std::to_string(dice.between(20, 900))); break;
      case 1: set(kSessions, std::to_string(1 + dice.below(6))); break;
      case 2: set(kVenue, draw_venue(dice)); break;
      case 3: set(kTitle, draw_title(dice, record[kKind])); break;
      case 4: set(kTeam, pick(dice, teams())); break;
      default: set(kSummary, record[kSummary] + draw_text(dice, 10, 40)); break;
    }
  }
  return out;
}

std::vector<Change> make_base(size_t count, double edit_percent, uint32_t seed) {
  Generator generator(seed);
  std::vector<Put> records;
  std::vector<Change> out;
  for (size_t i = 0; i < count; ++i) {
    records.push_back(generator.record());
    out.emplace_back(records.back());
    if (edit_percent > 0 && generator.dice().fraction() * 100 < edit_percent) {
      const auto at = generator.dice().below(static_cast<int64_t>(records.size()));
      out.emplace_back(generator.edit(records[static_cast<size_t>(at)]));
    }
  }
  return out;
}

std::vector<Change> make_delta(size_t count, size_t new_records, size_t edits, uint32_t seed) {
  const std::vector<Change> base = make_base(count, 0, seed);
  Generator generator(seed + 1'000'003);
  generator.skip_to_day(400);
  std::vector<Change> out;
  for (size_t i = 0; i < new_records; ++i) out.emplace_back(generator.record());
  std::set<int64_t> edited;
  while (edited.size() < std::min(edits, count)) {
    const int64_t at = generator.dice().below(static_cast<int64_t>(count));
    if (!edited.insert(at).second) continue;
    out.emplace_back(generator.edit(std::get<Put>(base[static_cast<size_t>(at)])));
  }
  return out;
}

}  // namespace sitelog::bench
