-- A count's sums stand together in one row. Definitions are those of ../schema, letter by letter.

ALTER TABLE tallies RENAME TO tallies_before;

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

INSERT INTO tallies
  SELECT campaign, book_id, review, axes, json_group_object(measure, total)
    FROM (SELECT * FROM tallies_before ORDER BY campaign, book_id, review, axes, measure)
   GROUP BY campaign, book_id, review, axes;
DROP TABLE tallies_before;
