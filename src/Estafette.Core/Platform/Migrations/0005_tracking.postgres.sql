-- How far the database has counted each event journal, written in the transaction that counts.
CREATE TABLE journal_positions (
  journal text PRIMARY KEY,
  segment bigint NOT NULL,
  position bigint NOT NULL
);
