-- How often the figures of a campaign were put right: a repair corrects only figures that nobody has corrected since it read them.
CREATE TABLE rollup_repairs (
  campaign_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL
);
-- The number of subscriptions of each list by status, kept by triggers in the transaction of the rows: whoever changes a subscription, by whatever
-- statement, changes the number.
CREATE TABLE list_counts (
  list_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (list_id, status)
) WITHOUT ROWID;
INSERT INTO list_counts (list_id, status, customer_id, count)
SELECT list_id, status, customer_id, count(*) FROM subscriptions GROUP BY list_id, status, customer_id;
CREATE TRIGGER tr_subscriptions_insert AFTER INSERT ON subscriptions BEGIN
  INSERT INTO list_counts (list_id, status, customer_id, count) SELECT new.list_id, new.status, new.customer_id, 0
  WHERE NOT EXISTS (SELECT 1 FROM list_counts WHERE list_id = new.list_id AND status = new.status);
  UPDATE list_counts SET count = count + 1 WHERE list_id = new.list_id AND status = new.status;
END;
CREATE TRIGGER tr_subscriptions_update AFTER UPDATE OF list_id, status ON subscriptions
WHEN old.status <> new.status OR old.list_id <> new.list_id BEGIN
  INSERT INTO list_counts (list_id, status, customer_id, count) SELECT new.list_id, new.status, new.customer_id, 0
  WHERE NOT EXISTS (SELECT 1 FROM list_counts WHERE list_id = new.list_id AND status = new.status);
  UPDATE list_counts SET count = count - 1 WHERE list_id = old.list_id AND status = old.status;
  UPDATE list_counts SET count = count + 1 WHERE list_id = new.list_id AND status = new.status;
END;
CREATE TRIGGER tr_subscriptions_delete AFTER DELETE ON subscriptions BEGIN
  UPDATE list_counts SET count = count - 1 WHERE list_id = old.list_id AND status = old.status;
END;
-- Searches and duplicates by name and phone; partial, so that importing bare addresses writes none of them.
CREATE INDEX ix_contacts_last_name ON contacts(customer_id, lower(last_name)) WHERE last_name IS NOT NULL;
CREATE INDEX ix_contacts_first_name ON contacts(customer_id, lower(first_name)) WHERE first_name IS NOT NULL;
CREATE INDEX ix_contacts_phone ON contacts(customer_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX ix_automation_enrolments_entered ON automation_enrolments(automation_id, id);
CREATE INDEX ix_suppressions_customer ON suppressions(customer_id, id);
CREATE INDEX ix_captured_messages_delivery ON captured_messages(delivery_id);
