-- Public sign-up forms, what was asked through them, and which lists the preference centre shows.
ALTER TABLE lists ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
CREATE TABLE forms (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  design TEXT NOT NULL,
  wording_version INTEGER NOT NULL DEFAULT 1,
  active INTEGER NOT NULL DEFAULT 1,
  submitted INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_forms_name ON forms(customer_id, name);
CREATE TABLE form_lists (
  form_id INTEGER NOT NULL REFERENCES forms(id),
  list_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  PRIMARY KEY (form_id, list_id)
) WITHOUT ROWID;
CREATE INDEX ix_form_lists_list ON form_lists(list_id);
-- A sign-up on its way: what the person typed waits here until the address is proven. Removed some time after it expired.
CREATE TABLE form_requests (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  form_id INTEGER NOT NULL REFERENCES forms(id),
  contact_id INTEGER NOT NULL,
  answers TEXT NOT NULL,
  language TEXT NOT NULL,
  wording_version INTEGER NOT NULL,
  submitted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  confirmed_at INTEGER NULL
);
CREATE INDEX ix_form_requests_expiry ON form_requests(expires_at);
CREATE INDEX ix_form_requests_form ON form_requests(form_id, id);
-- Why people unsubscribe: the customer's own reasons, and what was answered, once per message.
CREATE TABLE unsubscribe_reasons (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  position INTEGER NOT NULL,
  french TEXT NOT NULL,
  english TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX ix_unsubscribe_reasons_customer ON unsubscribe_reasons(customer_id, position);
CREATE TABLE unsubscribe_answers (
  delivery_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  reason_id INTEGER NULL,
  comment TEXT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX ix_unsubscribe_answers_campaign ON unsubscribe_answers(customer_id, campaign_id, reason_id);
