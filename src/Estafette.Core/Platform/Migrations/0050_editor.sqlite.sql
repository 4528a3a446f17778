-- The campaign editor: who changed what, variants of an A/B test, sending hours, warnings that were read, approvals, checked links.
ALTER TABLE customers ADD COLUMN requires_approval INTEGER NOT NULL DEFAULT 0;
-- Days as bits, Monday 1 to Sunday 64; hours as minutes of the day; the zone is the customer's, or each recipient's own.
ALTER TABLE campaigns ADD COLUMN sending_days INTEGER NOT NULL DEFAULT 127;
ALTER TABLE campaigns ADD COLUMN sending_from INTEGER NULL;
ALTER TABLE campaigns ADD COLUMN sending_until INTEGER NULL;
ALTER TABLE campaigns ADD COLUMN recipient_zones INTEGER NOT NULL DEFAULT 0;
CREATE TABLE campaign_edits (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  version INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (campaign_id, version)
) WITHOUT ROWID;
CREATE TABLE ab_tests (
  campaign_id INTEGER PRIMARY KEY REFERENCES campaigns(id),
  customer_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  share INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  wait_minutes INTEGER NOT NULL,
  automatic INTEGER NOT NULL,
  tested_at INTEGER NULL,
  winner INTEGER NULL,
  verdict INTEGER NULL,
  decided_at INTEGER NULL,
  decided_by TEXT NULL
);
-- Variant 1 is the campaign as it is; the others say what they change. content_id: the version that goes out.
CREATE TABLE variants (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  number INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  subject TEXT NULL,
  preheader TEXT NULL,
  from_name TEXT NULL,
  html TEXT NULL,
  text TEXT NULL,
  content_id INTEGER NULL REFERENCES contents(id),
  PRIMARY KEY (campaign_id, number)
) WITHOUT ROWID;
ALTER TABLE deliveries ADD COLUMN variant INTEGER NOT NULL DEFAULT 0;
CREATE TABLE warning_acknowledgements (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  code TEXT NOT NULL,
  argument TEXT NOT NULL,
  customer_id INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  user_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, code, argument)
) WITHOUT ROWID;
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  fingerprint TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  note TEXT NULL,
  answered_by TEXT NULL,
  answered_at INTEGER NULL,
  approved INTEGER NOT NULL DEFAULT 0,
  word TEXT NULL
);
CREATE INDEX ix_approvals_campaign ON approvals(campaign_id, id);
CREATE TABLE test_addresses (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  addresses TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_test_addresses_name ON test_addresses(customer_id, name);
-- What a link or a remote image answered; looked at again after a while.
CREATE TABLE link_checks (
  customer_id INTEGER NOT NULL,
  url_key TEXT NOT NULL,
  url TEXT NOT NULL,
  state INTEGER NOT NULL,
  code INTEGER NULL,
  bytes INTEGER NULL,
  detail TEXT NULL,
  asked_at INTEGER NOT NULL,
  checked_at INTEGER NULL,
  PRIMARY KEY (customer_id, url_key)
) WITHOUT ROWID;
CREATE INDEX ix_link_checks_waiting ON link_checks(asked_at) WHERE state = 0;
