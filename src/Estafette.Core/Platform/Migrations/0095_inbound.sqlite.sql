-- Mail that came back to the return domain, whoever it is about; customer 0: nobody could be found.
CREATE TABLE inbound_messages (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  delivery_id INTEGER NULL,
  received_at INTEGER NOT NULL,
  peer TEXT NULL,
  envelope_from TEXT NOT NULL,
  envelope_to TEXT NOT NULL,
  sender TEXT NULL,
  subject TEXT NULL,
  kind INTEGER NOT NULL,
  class INTEGER NOT NULL,
  reason TEXT NULL,
  status TEXT NULL,
  code INTEGER NULL,
  diagnostic TEXT NULL,
  format TEXT NULL,
  outcome INTEGER NOT NULL,
  digest TEXT NOT NULL,
  source BLOB NOT NULL
);
CREATE INDEX ix_inbound_messages ON inbound_messages(customer_id, id);
CREATE INDEX ix_inbound_messages_delivery ON inbound_messages(delivery_id) WHERE delivery_id IS NOT NULL;
CREATE UNIQUE INDEX ux_inbound_messages ON inbound_messages(digest);
-- What providers report, until it is applied and some time after: one row for each event, however often it is told.
CREATE TABLE provider_callbacks (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  server_id INTEGER NOT NULL,
  event_key TEXT NOT NULL,
  event TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  due_at INTEGER NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  outcome INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX ux_provider_callbacks ON provider_callbacks(server_id, event_key);
CREATE INDEX ix_provider_callbacks_due ON provider_callbacks(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_provider_callbacks_age ON provider_callbacks(received_at);
-- Answers about addresses that do not list them at once; enough of them do.
CREATE TABLE bounce_counts (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  address_key TEXT NOT NULL,
  is_permanent INTEGER NOT NULL,
  at INTEGER NOT NULL,
  delivery_id INTEGER NOT NULL
);
CREATE INDEX ix_bounce_counts ON bounce_counts(customer_id, channel, address_key, at);
CREATE UNIQUE INDEX ux_bounce_counts ON bounce_counts(delivery_id);
ALTER TABLE sending_servers ADD COLUMN webhook_token TEXT NULL;
ALTER TABLE sending_servers ADD COLUMN protected_webhook_secret TEXT NULL;
CREATE UNIQUE INDEX ux_sending_servers_webhook ON sending_servers(webhook_token) WHERE webhook_token IS NOT NULL;
