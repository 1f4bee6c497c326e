-- What a record is found by waits until it is filed with that of many. Records of a list are found by
-- their traits; what is laid down, by an index of its own. Definitions are those of ../schema, letter by letter. What records are found by is worked out anew
-- when the folder is opened.

DELETE FROM meta WHERE key = 'counted_by';
DROP INDEX records_by_list;
CREATE INDEX laid_down ON records (list_id)
  WHERE form IN ('campaign', 'grant', 'policy', 'clock');

-- Records that are found by something else than what stands in traits and columns: what a commit of a
-- few records changes waits here until it is many that are changed there.
CREATE TABLE unfiled (
  record_id INTEGER PRIMARY KEY,
  book_id   INTEGER NOT NULL REFERENCES books,
  filed     BLOB,                              -- what it is found by there; nothing: by nothing
  now       BLOB                               -- and what it is to be found by: see
                                               -- sync/store/sqlite/unfiled_records.hpp
) STRICT;

-- Records found by the texts that they hold, at headquarters (sync/store/sqlite/text_search.hpp):
-- of some thousands of them, in segments, those that have two characters side by side.
CREATE TABLE segments (
  segment INTEGER PRIMARY KEY,
  records BLOB                                 -- which: their numbers, ascending; nothing where its
                                               -- words count for nothing any more
) STRICT;

-- word_id = segment * 2^42 + first character * 2^21 + second
CREATE TABLE words (
  word_id INTEGER PRIMARY KEY,
  records BLOB NOT NULL                        -- their places in the segment, ascending
) STRICT;

-- Records that say something else than their segment knows; those behind the last one indexed are
-- in none.
CREATE TABLE unindexed (
  record_id INTEGER PRIMARY KEY REFERENCES records,
  changes   INTEGER NOT NULL                   -- how often, since it was indexed
) STRICT;
