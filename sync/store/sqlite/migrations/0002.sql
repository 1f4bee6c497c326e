-- Entries are packed in blocks, records are listed by `lists`, and a record that only its first entry
-- speaks of keeps no document. The entries wait in `entries_before`: all that follows from them is
-- worked out anew (sync/store/rebuild.hpp). Definitions are those of ../schema, letter by letter.

DROP TABLE quarantine;
DROP INDEX entries_by_record;
ALTER TABLE entries RENAME TO entries_before;
DROP TABLE records;
DELETE FROM conflicts;
DELETE FROM tallies;
UPDATE books SET records = 0, state_digest = zeroblob(32);

-- entry_id = stream_id * 2^40 + number
CREATE TABLE entries (
  entry_id  INTEGER PRIMARY KEY,
  record_id INTEGER REFERENCES records,        -- nothing where the bytes have no meaning here
  name      BLOB NOT NULL,                     -- 16 bytes
  bytes     BLOB                               -- verbatim, as the author encoded them; nothing
                                               -- where a block holds them
) STRICT;
CREATE INDEX entries_by_record ON entries (record_id);

-- Consecutive entries of one stream, packed (sync/store/entry_blocks.hpp).
CREATE TABLE blocks (
  first_entry INTEGER PRIMARY KEY REFERENCES entries,
  entries     INTEGER NOT NULL,                -- how many
  packed      BLOB NOT NULL
) STRICT;

-- What records are listed by.
CREATE TABLE lists (
  list_id  INTEGER PRIMARY KEY,
  book_id  INTEGER NOT NULL REFERENCES books,
  form     TEXT NOT NULL,
  campaign TEXT NOT NULL,
  review   TEXT NOT NULL,
  UNIQUE (book_id, form, campaign, review)
) STRICT;

-- Merged records. While all entries of one are in quarantine it has no first entry and no list.
CREATE TABLE records (
  record_id   INTEGER PRIMARY KEY,
  book_id     INTEGER NOT NULL REFERENCES books,
  record      BLOB NOT NULL,                   -- 16 bytes
  form        TEXT NOT NULL,
  list_id     INTEGER REFERENCES lists,
  first_entry INTEGER REFERENCES entries,      -- the one that created it
  state       ANY,                             -- JSON document, as text or packed; nothing where
                                               -- the first entry is the only one: see document()
                                               -- in sync/store/stored_record.hpp
  heads       BLOB                             -- likewise
) STRICT;
CREATE UNIQUE INDEX records_by_name ON records (record, book_id, form);
CREATE INDEX records_by_list ON records (list_id, record) WHERE list_id IS NOT NULL;
CREATE INDEX system_records ON records (book_id)
  WHERE form IN ('unit', 'campaign', 'grant', 'policy', 'clock');

-- Entries kept and not merged, with the reason.
CREATE TABLE quarantine (
  entry_id INTEGER PRIMARY KEY REFERENCES entries,
  reason   TEXT NOT NULL,
  text     TEXT NOT NULL,
  args     TEXT NOT NULL                       -- JSON list
) STRICT;
