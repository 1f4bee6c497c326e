#pragma once

// Internal to store: what texts are found by, kept in step with records.

#include <cstdint>
#include <string>
#include <vector>

#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/text_segment.hpp"

namespace sitelog {

// Writes the index of texts, in its owner's transactions. A merge only notes which records it
// changed; segments come from outside, a piece at a time, and count once they are whole.
class TextIndex {
 public:
  explicit TextIndex(Database& database);

  // A record that was there before says something else now.
  void changed(int64_t record_id);
  // Nothing of what the record said stays.
  void forget(int64_t record_id);

  // The number of a new segment, whose content is gathered from now on. One at a time.
  int64_t begin();
  // Its words [first, end). False where something was to be forgotten since it was begun: it comes
  // to nothing.
  bool add(int64_t segment, const TextSegment& content, size_t first, size_t end);
  // It is whole. False likewise.
  bool finish(int64_t segment, const TextSegment& content);
  // Takes away some of what counts for nothing any more; whether there may be more of it.
  bool clean();
  // All is to be indexed anew.
  void drop();

 private:
  void take_back_begun();

  Database& database_;
  int64_t begun_ = 0;
  Statement changed_, insert_word_, insert_segment_, unchanged_, drop_segment_;
};

}  // namespace sitelog
