-- Files of addresses that get nothing more, read in the background.
CREATE TABLE suppression_imports (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  file_path TEXT NOT NULL,
  owner TEXT NOT NULL,
  is_sheet INTEGER NOT NULL DEFAULT 0,
  reason INTEGER NOT NULL,
  note TEXT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  rows_read INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  known INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  bytes_done INTEGER NOT NULL DEFAULT 0,
  lines_done INTEGER NOT NULL DEFAULT 0,
  bytes_total INTEGER NOT NULL DEFAULT 0,
  error TEXT NULL,
  created_by TEXT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NULL
);
CREATE INDEX ix_suppression_imports ON suppression_imports(customer_id, id);
CREATE INDEX ix_suppression_imports_waiting ON suppression_imports(status) WHERE status < 2;
-- Rows that hold no address, the first of each file.
CREATE TABLE suppression_rejects (
  import_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);
