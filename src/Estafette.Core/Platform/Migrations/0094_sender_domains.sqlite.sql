-- What the last check of a sender domain found, its next, old and second DKIM keys, and what receivers report of it (DMARC).
ALTER TABLE sender_domains ADD COLUMN mx_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender_domains ADD COLUMN spf_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender_domains ADD COLUMN dkim_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender_domains ADD COLUMN dmarc_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender_domains ADD COLUMN checked_at INTEGER NULL;
ALTER TABLE sender_domains ADD COLUMN check_due_at INTEGER NULL;
ALTER TABLE sender_domains ADD COLUMN messages TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN dkim_stopped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender_domains ADD COLUMN next_selector TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN next_public_key TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN next_protected_key TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN old_selector TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN old_public_key TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN old_until INTEGER NULL;
ALTER TABLE sender_domains ADD COLUMN second_selector TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN second_record TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN second_protected_key TEXT NULL;
ALTER TABLE sender_domains ADD COLUMN second_active INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_sender_domains_due ON sender_domains(check_due_at);
CREATE TABLE dmarc_reports (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  domain TEXT NOT NULL,
  organization TEXT NOT NULL,
  report_id TEXT NOT NULL,
  begin_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  policy TEXT NULL,
  messages INTEGER NOT NULL,
  imported_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_dmarc_reports ON dmarc_reports(customer_id, organization, report_id);
CREATE INDEX ix_dmarc_reports_domain ON dmarc_reports(customer_id, domain, begin_at);
CREATE TABLE dmarc_rows (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  dmarc_report_id INTEGER NOT NULL REFERENCES dmarc_reports(id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  header_from TEXT NOT NULL,
  count INTEGER NOT NULL,
  disposition INTEGER NOT NULL,
  dkim_aligned INTEGER NOT NULL,
  spf_aligned INTEGER NOT NULL
);
CREATE INDEX ix_dmarc_rows_report ON dmarc_rows(dmarc_report_id);
