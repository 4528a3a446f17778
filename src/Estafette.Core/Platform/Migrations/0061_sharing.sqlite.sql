-- Reports shown to people who do not sign in, and reports sent by mail.
CREATE TABLE report_shares (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  token_hash TEXT NOT NULL UNIQUE,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NULL,
  views INTEGER NOT NULL DEFAULT 0,
  last_view_at INTEGER NULL
);
CREATE INDEX ix_report_shares_campaign ON report_shares(campaign_id, id);
-- One mail to one address; sent_at is set in the transaction that queues it.
CREATE TABLE report_mails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  address TEXT NOT NULL,
  language TEXT NOT NULL,
  moment INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER NULL,
  cancelled_at INTEGER NULL
);
CREATE INDEX ix_report_mails_campaign ON report_mails(campaign_id, id);
CREATE INDEX ix_report_mails_waiting ON report_mails(campaign_id) WHERE sent_at IS NULL AND cancelled_at IS NULL;
