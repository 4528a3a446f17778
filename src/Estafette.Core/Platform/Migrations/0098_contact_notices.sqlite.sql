-- Mails that the contacts of a campaign are owed: owners at its start and end, technical contacts at opt-outs.
ALTER TABLE campaigns ADD COLUMN owners_told INTEGER NOT NULL DEFAULT 0;
CREATE TABLE contact_notices (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  kind INTEGER NOT NULL,
  lines TEXT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  sent_at INTEGER NULL
);
CREATE INDEX ix_contact_notices_waiting ON contact_notices(due_at) WHERE sent_at IS NULL;
CREATE INDEX ix_contact_notices_campaign ON contact_notices(campaign_id, kind, created_at);
-- How far a table that only grows was read.
CREATE TABLE reading_positions (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL
);
INSERT INTO reading_positions (name, position) SELECT 'contact-notices', coalesce(max(id), 0) FROM suppressions;
