-- People without a link who asked to get nothing more: what they typed waits here until the address is proven.
CREATE TABLE opt_out_requests (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  language TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  confirmed_at INTEGER NULL
);
CREATE INDEX ix_opt_out_requests_expiry ON opt_out_requests(expires_at);
-- What people outside reported; customer 0: nobody could be found.
CREATE TABLE abuse_reports (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  delivery_id INTEGER NULL,
  received_at INTEGER NOT NULL,
  reporter TEXT NULL,
  words TEXT NOT NULL,
  link TEXT NULL,
  ip TEXT NULL,
  user_agent TEXT NULL,
  opted_out INTEGER NOT NULL DEFAULT 0,
  mailed_at INTEGER NULL
);
CREATE INDEX ix_abuse_reports ON abuse_reports(customer_id, id);
CREATE INDEX ix_abuse_reports_waiting ON abuse_reports(id) WHERE mailed_at IS NULL;
INSERT INTO reading_positions (name, position) VALUES ('abuse-notices', 0);
