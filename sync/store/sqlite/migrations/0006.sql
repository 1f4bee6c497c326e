-- Records are found by traits and columns. They are filled when the folder is opened, where all is
-- listed and counted anew as by an earlier build. Definitions are those of ../schema, letter by letter.

DELETE FROM meta WHERE key = 'counted_by';

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
