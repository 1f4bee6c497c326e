-- Counts are sums by measure, under a list of axes that the campaign names; an entry may be known by
-- its digest alone. Definitions are those of ../schema, letter by letter.

ALTER TABLE tallies RENAME TO tallies_before;

-- Running counts: what the records of a book add up to. What the axes and the measures are, the
-- campaign knows. A sum of 0 has no row.
CREATE TABLE tallies (
  campaign TEXT NOT NULL,
  book_id  INTEGER NOT NULL REFERENCES books,
  review   TEXT NOT NULL,
  axes     TEXT NOT NULL,                      -- JSON list of texts
  measure  TEXT NOT NULL,
  total    INTEGER NOT NULL,
  PRIMARY KEY (campaign, book_id, review, axes, measure)
) STRICT, WITHOUT ROWID;

INSERT INTO tallies
  SELECT campaign, book_id, review, json_array(kind, level), 'events', events
    FROM tallies_before WHERE events <> 0
  UNION ALL
  SELECT campaign, book_id, review, json_array(kind, level), 'sessions', sessions
    FROM tallies_before WHERE sessions <> 0
  UNION ALL
  SELECT campaign, book_id, review, json_array(kind, level), 'participants', participants
    FROM tallies_before WHERE participants <> 0;
DROP TABLE tallies_before;

CREATE TABLE erased (
  entry_id INTEGER PRIMARY KEY REFERENCES entries,
  digest   BLOB NOT NULL                       -- SHA-256 of what the bytes were
) STRICT;
