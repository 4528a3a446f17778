-- One change made to many contacts: what, to whom, and how far it is. Batches go by key; the cursor is the last one of the last batch.
CREATE TABLE contact_bulks (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  action INTEGER NOT NULL,
  list_id INTEGER NULL,
  attribute TEXT NULL,
  value TEXT NULL,
  who TEXT NOT NULL,
  status INTEGER NOT NULL,
  total INTEGER NOT NULL,
  last_contact INTEGER NOT NULL,
  cursor_contact INTEGER NOT NULL DEFAULT 0,
  seen INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  operator TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NULL
);
CREATE INDEX ix_contact_bulks_customer ON contact_bulks(customer_id, id);
CREATE INDEX ix_contact_bulks_running ON contact_bulks(id) WHERE status = 0;
