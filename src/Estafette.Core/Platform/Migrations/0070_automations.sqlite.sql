-- Automations: sequences of steps that people go through, each at their own time, and mails made of the items of a feed.
-- A send step owns campaigns of kind 1: they run until the automation ends, and deliveries are added to them one by one.
ALTER TABLE campaigns ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN automation_id INTEGER NULL;
CREATE INDEX ix_campaigns_automation ON campaigns(automation_id) WHERE automation_id IS NOT NULL;

CREATE TABLE automations (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  draft TEXT NOT NULL,
  has_changes INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  control_version INTEGER NOT NULL DEFAULT 0,
  trigger_kind INTEGER NOT NULL DEFAULT 0,
  trigger_list_id INTEGER NULL,
  protected_secret TEXT NOT NULL,
  entry_from INTEGER NOT NULL DEFAULT 0,
  entry_day INTEGER NOT NULL DEFAULT 0,
  entry_cursor INTEGER NOT NULL DEFAULT 0,
  problem TEXT NULL,
  created_by TEXT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  published_at INTEGER NULL
);
CREATE INDEX ix_automations_customer ON automations(customer_id, id);
CREATE INDEX ix_automations_running ON automations(status) WHERE status = 1;
CREATE TABLE automation_versions (
  automation_id INTEGER NOT NULL REFERENCES automations(id),
  version INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  published_by TEXT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (automation_id, version)
) WITHOUT ROWID;
-- One row per passage of a contact. The round keeps the passages of one person apart and chooses the campaign of each send step.
CREATE TABLE automation_enrolments (
  id INTEGER PRIMARY KEY,
  automation_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  round INTEGER NOT NULL,
  entry_key INTEGER NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  exit_reason INTEGER NOT NULL DEFAULT 0,
  step_id INTEGER NOT NULL,
  is_waiting INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  entered_at INTEGER NOT NULL,
  ended_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_automation_enrolments ON automation_enrolments(automation_id, contact_id, round);
CREATE INDEX ix_automation_enrolments_due ON automation_enrolments(automation_id, due_at, id) WHERE status = 0;
CREATE INDEX ix_automation_enrolments_step ON automation_enrolments(automation_id, step_id, id) WHERE status = 0;
CREATE INDEX ix_automation_enrolments_contact ON automation_enrolments(contact_id);
-- What each person did: a step is passed once in a passage.
CREATE TABLE automation_passes (
  enrolment_id INTEGER NOT NULL,
  step_id INTEGER NOT NULL,
  automation_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  delivery_id INTEGER NULL,
  PRIMARY KEY (enrolment_id, step_id)
) WITHOUT ROWID;
CREATE TABLE automation_counts (
  automation_id INTEGER NOT NULL,
  step_id INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (automation_id, step_id, outcome)
) WITHOUT ROWID;
-- Which campaign carries a send step in which round.
CREATE TABLE automation_campaigns (
  automation_id INTEGER NOT NULL,
  step_id INTEGER NOT NULL,
  round INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  PRIMARY KEY (automation_id, step_id, round)
) WITHOUT ROWID;
CREATE TABLE webhook_calls (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  automation_id INTEGER NOT NULL,
  enrolment_id INTEGER NOT NULL,
  step_id INTEGER NOT NULL,
  url TEXT NOT NULL,
  payload TEXT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  answer TEXT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_webhook_calls ON webhook_calls(enrolment_id, step_id);
CREATE INDEX ix_webhook_calls_due ON webhook_calls(due_at, id) WHERE status = 0;
CREATE INDEX ix_webhook_calls_automation ON webhook_calls(automation_id, step_id, id);
-- List triggers read the subscriptions that people changed one by one; those of imports are found through their import.
CREATE INDEX ix_subscriptions_changed ON subscriptions(list_id, changed_at, contact_id) WHERE source <> 1;

CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  weekdays INTEGER NOT NULL DEFAULT 127,
  minute_of_day INTEGER NOT NULL DEFAULT 540,
  most_items INTEGER NOT NULL DEFAULT 10,
  sends_old INTEGER NOT NULL DEFAULT 0,
  campaign_id INTEGER NOT NULL,
  next_at INTEGER NULL,
  has_started INTEGER NOT NULL DEFAULT 0,
  etag TEXT NULL,
  last_modified TEXT NULL,
  title TEXT NULL,
  checked_at INTEGER NULL,
  problem TEXT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX ix_feeds_customer ON feeds(customer_id, id);
CREATE INDEX ix_feeds_due ON feeds(next_at) WHERE status = 1;
CREATE TABLE feed_items (
  feed_id INTEGER NOT NULL REFERENCES feeds(id),
  item_key TEXT NOT NULL,
  title TEXT NOT NULL,
  link TEXT NULL,
  seen_at INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  PRIMARY KEY (feed_id, item_key)
) WITHOUT ROWID;
CREATE INDEX ix_feed_items_seen ON feed_items(feed_id, seen_at);
