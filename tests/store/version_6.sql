-- The newest schema. A data folder made by an older Sitelog gets here by migrations/.
-- Numbers marked _ms are Unix times in milliseconds.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A unit's book, or the common one ("root").
CREATE TABLE books (
  book_id      INTEGER PRIMARY KEY,
  code         TEXT NOT NULL UNIQUE,
  entries      INTEGER NOT NULL DEFAULT 0,
  records      INTEGER NOT NULL DEFAULT 0,     -- merged, of campaign forms
  state_digest BLOB NOT NULL                   -- sum over all merged records, 32 bytes
) STRICT;

CREATE TABLE devices (
  device_id INTEGER PRIMARY KEY,
  device    BLOB NOT NULL UNIQUE,              -- 16 bytes
  key       BLOB NOT NULL                      -- 32 bytes, Ed25519
) STRICT;

-- One run of entries of one device in one book in one epoch. A run that parts from another after
-- `fork_number` is a row of its own.
CREATE TABLE streams (
  stream_id   INTEGER PRIMARY KEY,
  book_id     INTEGER NOT NULL REFERENCES books,
  device_id   INTEGER NOT NULL REFERENCES devices,
  epoch       INTEGER NOT NULL,
  fork_of     INTEGER REFERENCES streams,
  fork_number INTEGER NOT NULL,                -- this row's entries are fork_number + 1 … last
  last        INTEGER NOT NULL,
  head        BLOB NOT NULL                    -- chain hash at `last`, 32 bytes
) STRICT;
CREATE INDEX streams_by_book ON streams (book_id);

-- entry_id = stream_id * 2^40 + number
CREATE TABLE entries (
  entry_id  INTEGER PRIMARY KEY,
  record_id INTEGER REFERENCES records,        -- nothing where the bytes have no meaning here
  name      BLOB NOT NULL,                     -- 16 bytes
  bytes     BLOB                               -- verbatim, as the author encoded them; nothing
                                               -- where a block holds them
) STRICT;
CREATE INDEX entries_by_record ON entries (record_id);

-- Entries whose body was erased: the chain needs their digest alone. Their row has empty bytes, in a
-- block or not, and no record where they came so; a signed head's bytes still count theirs.
CREATE TABLE erased (
  entry_id INTEGER PRIMARY KEY REFERENCES entries,
  digest   BLOB NOT NULL                       -- SHA-256 of what the bytes were
) STRICT;

-- Consecutive entries of one stream, packed (sync/store/sqlite/entry_blocks.hpp).
CREATE TABLE blocks (
  first_entry INTEGER PRIMARY KEY REFERENCES entries,
  entries     INTEGER NOT NULL,                -- how many
  packed      BLOB NOT NULL
) STRICT;

-- Chain hashes that their device has signed.
CREATE TABLE heads (
  stream_id INTEGER NOT NULL REFERENCES streams,
  number    INTEGER NOT NULL,
  head      BLOB NOT NULL,                     -- 32 bytes
  signature BLOB NOT NULL,                     -- 64 bytes
  bytes     INTEGER NOT NULL,                  -- of the entries since the signed head before
  PRIMARY KEY (stream_id, number)
) STRICT, WITHOUT ROWID;

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

-- What records are found by (sync/merge/sought.hpp): of 4,096 of them in the order of their numbers
-- those that have a trait; where none has it there is no row.
CREATE TABLE traits (
  page    INTEGER NOT NULL,                    -- record_id / 4096
  trait    INTEGER NOT NULL,
  records BLOB NOT NULL,                       -- which: see sync/store/sqlite/record_bits.hpp
  PRIMARY KEY (page, trait)
) STRICT, WITHOUT ROWID;

-- The same of numbers that a record is found by: column * 2^40 + record_id / 512
CREATE TABLE columns (
  column_id INTEGER PRIMARY KEY,
  numbers   BLOB NOT NULL                      -- 4 bytes each, the least first
) STRICT;

CREATE TABLE conflicts (
  record_id INTEGER NOT NULL REFERENCES records,
  field     TEXT NOT NULL,
  conflict  ANY NOT NULL,                      -- JSON: shown, policy, candidates; as text or
                                               -- packed: see unpacked() in
                                               -- sync/store/sqlite/stored_record.hpp
  PRIMARY KEY (record_id, field)
) STRICT, WITHOUT ROWID;

-- At headquarters: what of a device's came to stand under records in conflict, since it was last
-- counted how much does. Without a row: nothing.
CREATE TABLE contended (
  book_id   INTEGER NOT NULL REFERENCES books,
  device_id INTEGER NOT NULL REFERENCES devices,
  entries   INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  PRIMARY KEY (book_id, device_id)
) STRICT, WITHOUT ROWID;

-- Entries kept and not merged, with the reason.
CREATE TABLE quarantine (
  entry_id INTEGER PRIMARY KEY REFERENCES entries,
  reason   TEXT NOT NULL,
  text     TEXT NOT NULL,
  args     TEXT NOT NULL                       -- JSON list
) STRICT;

-- Running counts: what the records of a book add up to. What the axes and the measures are, the
-- campaign knows. Where every sum is 0 there is no row.
CREATE TABLE tallies (
  campaign TEXT NOT NULL,
  book_id  INTEGER NOT NULL REFERENCES books,
  review   TEXT NOT NULL,
  axes     TEXT NOT NULL,                      -- JSON list of texts
  sums     TEXT NOT NULL,                      -- JSON: numbers by measure, none of them 0
  PRIMARY KEY (campaign, book_id, review, axes)
) STRICT, WITHOUT ROWID;

-- Who was met when.
CREATE TABLE peers (
  device     BLOB PRIMARY KEY,                 -- 16 bytes
  contact_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a peer is known to hold of a stream, and since when.
CREATE TABLE acknowledgements (
  device    BLOB NOT NULL,
  stream_id INTEGER NOT NULL REFERENCES streams,
  number    INTEGER NOT NULL,
  wall_ms   INTEGER NOT NULL,
  PRIMARY KEY (device, stream_id)
) STRICT, WITHOUT ROWID;

-- Headquarters' receipts, as it signed them; those that a newer one covers go.
CREATE TABLE receipts (
  stream_id INTEGER PRIMARY KEY REFERENCES streams,
  number    INTEGER NOT NULL,
  receipt   BLOB NOT NULL                      -- an encoded Acknowledge message
) STRICT;

CREATE TABLE invitations (
  secret_hash BLOB PRIMARY KEY,                -- SHA-256 of the one-time secret
  unit        TEXT NOT NULL,
  expires_ms  INTEGER NOT NULL,
  device      BLOB                             -- the device that used it
) STRICT, WITHOUT ROWID;
