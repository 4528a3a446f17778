-- Campaigns whose recipients are given one by one or in batches (API v1), and who is told about them.
ALTER TABLE campaigns ADD COLUMN takes_recipients INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN given_cursor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN tech_contacts TEXT NULL;
ALTER TABLE campaigns ADD COLUMN owners TEXT NULL;
ALTER TABLE campaigns ADD COLUMN external_opt_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN counts_opens INTEGER NOT NULL DEFAULT 1;
ALTER TABLE campaigns ADD COLUMN counts_clicks INTEGER NOT NULL DEFAULT 1;
ALTER TABLE campaigns ADD COLUMN has_declared_tracking INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN may_opt_out_externally INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN may_attach INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN opt_out_contact TEXT NULL;
-- What is known of one recipient of one campaign only: merge values and where the address came from.
CREATE TABLE recipient_data (
  delivery_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  properties TEXT NULL,
  source_type TEXT NULL,
  source_ref TEXT NULL
);
-- What was found of what a campaign said when it was looked at: whether it can be sent, and its spam score.
CREATE TABLE content_checks (
  campaign_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  issue TEXT NULL,
  score REAL NULL,
  threshold REAL NOT NULL,
  error TEXT NULL,
  checks TEXT NOT NULL,
  checked_at INTEGER NOT NULL
);
CREATE TABLE campaign_attachments (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_campaign_attachments ON campaign_attachments(campaign_id, filename);
-- Bytes of attachments, once for each content.
CREATE TABLE attachment_files (
  customer_id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (customer_id, hash)
) WITHOUT ROWID;
-- Certificates that identify a calling application: known by the hash of their public key.
CREATE TABLE client_certificates (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  subject TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NULL,
  last_used_at INTEGER NULL,
  revoked_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_client_certificates ON client_certificates(key_hash);
CREATE INDEX ix_client_certificates_customer ON client_certificates(customer_id, id);
-- Answers given to calls with an idempotency key: the same call gets the same answer.
CREATE TABLE idempotent_answers (
  customer_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (customer_id, key)
) WITHOUT ROWID;
CREATE INDEX ix_idempotent_answers_age ON idempotent_answers(created_at);
