#pragma once

// Internal to store: records found by the texts that they hold.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/sqlite/record_search.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/text_segment.hpp"

namespace sitelog {

// Up to which record all are in segments; without it none is.
inline constexpr const char* kTextUpToKey = "text_up_to";

inline int64_t word_id(int64_t segment, TextPair pair) {
  return segment << kPairBits | static_cast<int64_t>(pair);
}
inline int64_t segment_of_word(int64_t id) {
  return id >> kPairBits;
}
inline TextPair pair_of_word(int64_t id) {
  return static_cast<TextPair>(id) & ((TextPair{1} << kPairBits) - 1);
}

// Ascending numbers as the distances between them, seven bits a byte, the least first; the highest
// bit says that more follow.
class Ascending {
 public:
  explicit Ascending(std::string_view bytes) : left_(bytes) {}
  // Nothing at the end, or where it is not such a list. Inline: verify asks some hundred million
  // times.
  std::optional<int64_t> next() {
    int64_t distance = 0;
    for (size_t i = 0; i < left_.size() && i < 8; ++i) {
      const auto byte = static_cast<uint8_t>(left_[i]);
      distance |= int64_t{byte & 0x7F} << (7 * i);
      if ((byte & 0x80) != 0) continue;
      left_.remove_prefix(i + 1);
      if (distance == 0) break;
      return last_ += distance;
    }
    return std::nullopt;
  }
  bool is_whole() const { return left_.empty(); }

 private:
  std::string_view left_;
  int64_t last_ = -1;
};
void add_ascending(int64_t number, int64_t last, std::string& out);  // `last`: -1 at first
std::string ascending(const std::vector<int64_t>& numbers);
// Throws StoreError where it is not such a list.
std::vector<int64_t> numbers_of(std::string_view ascending);

// Reads the index over a connection, which outlives it.
class TextSearch {
 public:
  explicit TextSearch(Database& database);

  struct Found {
    RecordSet records;  // that may hold the text: none else does
    RecordSet unsure;   // of them, those that have to be looked at
    bool any_unsure = false;
  };
  // `wanted` is folded and not empty; `last`: of all records, which numbers end there.
  Found find(std::string_view wanted, int64_t last);
  // What is to be indexed next; nothing where all is, but for a few segments that could be one.
  std::optional<TextSegment> gather(size_t most);
  TextWaiting waiting();

 private:
  struct Segment {
    int64_t segment = 0;
    std::vector<int64_t> records;
  };
  std::vector<Segment> segments();  // the newest first
  int64_t up_to();
  int64_t last_record();
  // Of a segment's records, by their places, those that may hold it.
  std::vector<bool> places(const Segment& segment, const SoughtPairs& pairs);
  void join_small(size_t most, TextSegment& out);

  Database& database_;
  Statement word_, words_;
};

}  // namespace sitelog
