-- Our calls to customers' addresses about what became of their messages.
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  protected_secret TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NULL,
  failing_since INTEGER NULL,
  disabled_at INTEGER NULL
);
CREATE INDEX ix_webhooks_customer ON webhooks(customer_id, id);
-- What happened and was not yet put into calls: written by triggers in the transaction of the fact itself, so that nothing can be missed, and
-- only for customers who listen. A row is deleted by the transaction that stores the calls made of it.
CREATE TABLE webhook_feed (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id INTEGER NOT NULL,
  delivery_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX ix_webhook_feed_delivery ON webhook_feed(delivery_id);
-- Calls: the events of one body, when it is due, and what the other side said.
CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  webhook_id INTEGER NOT NULL,
  payload TEXT NOT NULL,
  events INTEGER NOT NULL,
  replay_of INTEGER NULL,
  status INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  code INTEGER NULL,
  answer TEXT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NULL
);
CREATE INDEX ix_webhook_deliveries_waiting ON webhook_deliveries(webhook_id, id) WHERE status = 0;
CREATE INDEX ix_webhook_deliveries_log ON webhook_deliveries(webhook_id, id);
CREATE INDEX ix_webhook_deliveries_age ON webhook_deliveries(created_at);
CREATE TRIGGER tr_webhook_attempts AFTER INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM webhooks WHERE customer_id = new.customer_id AND active = 1) BEGIN
  INSERT INTO webhook_feed (customer_id, delivery_id, kind, number, at)
  VALUES (new.customer_id, new.delivery_id, 1, new.attempt, new.started_at + new.duration_ms);
END;
CREATE TRIGGER tr_webhook_status AFTER UPDATE OF status ON deliveries
WHEN new.status BETWEEN 5 AND 10 AND old.status <> new.status
  AND EXISTS (SELECT 1 FROM webhooks WHERE customer_id = new.customer_id AND active = 1) BEGIN
  INSERT INTO webhook_feed (customer_id, delivery_id, kind, number, at) VALUES (new.customer_id, new.id, 2, new.status, new.status_at);
END;
CREATE TRIGGER tr_webhook_tracking AFTER INSERT ON tracking_events
WHEN new.delivery_id IS NOT NULL AND new.kind IN (1, 2)
  AND EXISTS (SELECT 1 FROM webhooks WHERE customer_id = new.customer_id AND active = 1) BEGIN
  INSERT INTO webhook_feed (customer_id, delivery_id, kind, number, at) VALUES (new.customer_id, new.delivery_id, 3, new.id, new.at);
END;
CREATE TRIGGER tr_webhook_unsubscribed AFTER UPDATE OF unsubscribed_at ON deliveries
WHEN new.unsubscribed_at IS NOT NULL AND old.unsubscribed_at IS NULL
  AND EXISTS (SELECT 1 FROM webhooks WHERE customer_id = new.customer_id AND active = 1) BEGIN
  INSERT INTO webhook_feed (customer_id, delivery_id, kind, number, at) VALUES (new.customer_id, new.id, 4, 0, new.unsubscribed_at);
END;
CREATE TRIGGER tr_webhook_complained AFTER UPDATE OF complained_at ON deliveries
WHEN new.complained_at IS NOT NULL AND old.complained_at IS NULL
  AND EXISTS (SELECT 1 FROM webhooks WHERE customer_id = new.customer_id AND active = 1) BEGIN
  INSERT INTO webhook_feed (customer_id, delivery_id, kind, number, at) VALUES (new.customer_id, new.id, 5, 0, new.complained_at);
END;
