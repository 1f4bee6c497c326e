-- What conflicts list is packed where that saves room, as they are written; those of before stay as
-- they are. Definitions are those of ../schema, letter by letter.

ALTER TABLE conflicts RENAME TO conflicts_before;

CREATE TABLE conflicts (
  record_id INTEGER NOT NULL REFERENCES records,
  field     TEXT NOT NULL,
  conflict  ANY NOT NULL,                      -- JSON: shown, policy, candidates; as text or
                                               -- packed: see unpacked() in
                                               -- sync/store/sqlite/stored_record.hpp
  PRIMARY KEY (record_id, field)
) STRICT, WITHOUT ROWID;

INSERT INTO conflicts SELECT record_id, field, conflict FROM conflicts_before;
DROP TABLE conflicts_before;

-- At headquarters: what of a device's came to stand under records in conflict, since it was last
-- counted how much does. Without a row: nothing.
CREATE TABLE contended (
  book_id   INTEGER NOT NULL REFERENCES books,
  device_id INTEGER NOT NULL REFERENCES devices,
  entries   INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  PRIMARY KEY (book_id, device_id)
) STRICT, WITHOUT ROWID;
