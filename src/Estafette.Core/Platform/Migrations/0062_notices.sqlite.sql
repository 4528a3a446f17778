-- What users are told: events worth a look, who wants them by mail, which mails wait; and the number of contacts day by day.
CREATE TABLE notices (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  subject_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL DEFAULT 0,
  share REAL NULL,
  at INTEGER NOT NULL,
  closed_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_notices_key ON notices(customer_id, key);
CREATE INDEX ix_notices_customer ON notices(customer_id, id);
CREATE INDEX ix_notices_open ON notices(kind, subject_id) WHERE closed_at IS NULL;
CREATE TABLE notice_choices (
  user_id INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL,
  mail_kinds INTEGER NOT NULL DEFAULT 0,
  seen_id INTEGER NOT NULL DEFAULT 0,
  last_mail_at INTEGER NULL
);
CREATE INDEX ix_notice_choices_customer ON notice_choices(customer_id);
-- The outbox: a row is written with its notice and marked when its mail is queued.
CREATE TABLE notice_mails (
  notice_id INTEGER NOT NULL REFERENCES notices(id),
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL,
  sent_at INTEGER NULL,
  PRIMARY KEY (notice_id, user_id)
);
CREATE INDEX ix_notice_mails_waiting ON notice_mails(user_id, notice_id) WHERE sent_at IS NULL;
CREATE TABLE notice_rules (
  customer_id INTEGER PRIMARY KEY REFERENCES customers(id),
  failure_percent INTEGER NOT NULL
);
CREATE INDEX ix_campaigns_finished ON campaigns(finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_imports_finished ON imports(finished_at) WHERE finished_at IS NOT NULL;
CREATE TABLE contact_days (
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  day INTEGER NOT NULL,
  contacts INTEGER NOT NULL,
  counted_at INTEGER NOT NULL,
  PRIMARY KEY (customer_id, day)
);
