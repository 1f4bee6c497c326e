#include "sync/store/sqlite/text_index.hpp"

#include <algorithm>

#include "sync/store/sqlite/text_search.hpp"

namespace sitelog {

TextIndex::TextIndex(Database& database)
    : database_(database),
      changed_(database,
               "INSERT INTO unindexed (record_id, changes) VALUES (?1, 1)"
               " ON CONFLICT DO UPDATE SET changes = changes + 1"),
      insert_word_(database, "INSERT INTO words (word_id, records) VALUES (?1, ?2)"),
      insert_segment_(database, "INSERT INTO segments (segment, records) VALUES (?1, ?2)"),
      unchanged_(database, "DELETE FROM unindexed WHERE record_id = ?1 AND changes = ?2"),
      drop_segment_(database, "UPDATE segments SET records = NULL WHERE segment = ?1") {}

void TextIndex::changed(int64_t record_id) {
  changed_.with(record_id).run();
}

void TextIndex::forget(int64_t record_id) {
  std::vector<std::pair<int64_t, std::vector<int64_t>>> all;
  {
    Statement rows(database_, "SELECT segment, records FROM segments WHERE records IS NOT NULL");
    while (rows.step()) all.emplace_back(rows.number(0), numbers_of(rows.view(1)));
  }
  for (const auto& [segment, records] : all) {
    if (!std::binary_search(records.begin(), records.end(), record_id)) continue;
    for (const int64_t each : records) changed(each);
    drop_segment_.with(segment).run();
  }
  // What counts for nothing, or is not whole yet, may be of the record too.
  take_back_begun();
  while (clean()) {
  }
}

// What was begun and not finished.
void TextIndex::take_back_begun() {
  begun_ = 0;
  const int64_t known = Statement(database_, "SELECT max(segment) FROM segments").number_or(0);
  const int64_t begun =
      segment_of_word(Statement(database_, "SELECT max(word_id) FROM words").number_or(0));
  for (int64_t segment = known + 1; segment <= begun; ++segment) {
    insert_segment_.with(segment, nullptr).run();
  }
}

int64_t TextIndex::begin() {
  constexpr int64_t kSegmentsMax = 1 << 20;
  take_back_begun();
  const int64_t known = Statement(database_, "SELECT max(segment) FROM segments").number_or(0);
  if (known >= kSegmentsMax) drop();
  begun_ = known >= kSegmentsMax ? 1 : known + 1;
  return begun_;
}

bool TextIndex::add(int64_t segment, const TextSegment& content, size_t first, size_t end) {
  if (segment != begun_) return false;
  for (size_t i = first; i < end; ++i) {
    const auto& [pair, records] = content.words[i];
    insert_word_.with(word_id(segment, pair), as_bytes(records)).run();
  }
  return true;
}

bool TextIndex::finish(int64_t segment, const TextSegment& content) {
  if (segment != std::exchange(begun_, 0)) return false;
  insert_segment_.with(segment, as_bytes(ascending(content.records))).run();
  for (size_t i = 0; i < content.records.size(); ++i) {
    if (content.changes[i] != 0) {
      unchanged_.with(content.records[i], content.changes[i]).run();
    }
  }
  for (const int64_t each : content.instead) drop_segment_.with(each).run();
  Statement(database_, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)")
      .with(kTextUpToKey, std::to_string(content.up_to))
      .run();
  return true;
}

bool TextIndex::clean() {
  const int64_t dropped =
      Statement(database_, "SELECT min(segment) FROM segments WHERE records IS NULL").number_or(0);
  if (dropped == 0) return false;
  Statement rows(database_,
                 "DELETE FROM words WHERE word_id IN (SELECT word_id FROM words"
                 " WHERE word_id >= ?1 AND word_id < ?2 LIMIT ?3)");
  rows.with(word_id(dropped, 0), word_id(dropped + 1, 0), kWordsAtOnceMax).run();
  if (database_.changes() == 0) {
    Statement(database_, "DELETE FROM segments WHERE segment = ?1").with(dropped).run();
  }
  return true;
}

void TextIndex::drop() {
  begun_ = 0;
  database_.run("DELETE FROM words; DELETE FROM segments; DELETE FROM unindexed");
  Statement(database_, "DELETE FROM meta WHERE key = ?1").with(kTextUpToKey).run();
}

}  // namespace sitelog
