-- How far the database has counted each event journal, written in the transaction that counts.
CREATE TABLE journal_positions (
  journal TEXT PRIMARY KEY,
  segment INTEGER NOT NULL,
  position INTEGER NOT NULL
);
