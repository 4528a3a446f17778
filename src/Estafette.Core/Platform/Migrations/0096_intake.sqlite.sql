-- Mails that programs hand over (POST /v3/mail/send, submission by SMTP): one row each, with what their events carry.
CREATE TABLE accepted_mails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  application TEXT NOT NULL,
  categories TEXT NULL,
  raw_hash TEXT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_accepted_mails ON accepted_mails(message_id);
-- The same for one recipient: header fields that differ from the plain ones, and the caller's own values.
CREATE TABLE accepted_letters (
  delivery_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  mail_id INTEGER NOT NULL,
  head TEXT NULL,
  custom_args TEXT NULL
);
CREATE INDEX ix_accepted_letters_mail ON accepted_letters(mail_id);
-- Files of such a mail; the bytes are in attachment_files.
CREATE TABLE single_attachments (
  mail_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  content_id TEXT NULL,
  size INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (mail_id, number)
) WITHOUT ROWID;
-- Messages handed over whole, compressed, once for each content.
CREATE TABLE submitted_messages (
  customer_id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (customer_id, hash)
) WITHOUT ROWID;
