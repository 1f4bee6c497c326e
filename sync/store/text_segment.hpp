#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sync/merge/text_pairs.hpp"

namespace sitelog {

// What the texts of some records are found by, worked out beside all writing (Queries::gather_text)
// and then taken over, a bounded piece in each transaction (Store::take_text). A value.
struct TextSegment {
  struct Word {
    TextPair pair;
    std::string records;  // their places in `records`: sync/store/sqlite/text_search.hpp
  };
  std::vector<int64_t> records;  // by their numbers, ascending
  std::vector<Word> words;       // ascending
  std::vector<int64_t> changes;  // of each record: how often it had changed since it was indexed
  std::vector<int64_t> instead;  // of these segments
  int64_t up_to = 0;             // all records up to this number are in segments then
};

// How many records, and how many words of them in one transaction: some 10 ms.
inline constexpr size_t kRecordsOfSegmentMax = 16'384;
inline constexpr size_t kWordsAtOnceMax = 4'000;

// How far the index of texts is behind.
struct TextWaiting {
  int64_t records = 0;  // that are looked at one by one until they are in it
  int64_t last = 0;     // the number of the newest record
};

}  // namespace sitelog
