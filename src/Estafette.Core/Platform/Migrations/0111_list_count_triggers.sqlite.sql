-- The numbers of lists, as before, in one statement for each new subscription instead of two.
DROP TRIGGER tr_subscriptions_insert;
DROP TRIGGER tr_subscriptions_update;
CREATE TRIGGER tr_subscriptions_insert AFTER INSERT ON subscriptions BEGIN
  INSERT INTO list_counts (list_id, status, customer_id, count) VALUES (new.list_id, new.status, new.customer_id, 1)
  ON CONFLICT (list_id, status) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER tr_subscriptions_update AFTER UPDATE OF list_id, status ON subscriptions
WHEN old.status <> new.status OR old.list_id <> new.list_id BEGIN
  UPDATE list_counts SET count = count - 1 WHERE list_id = old.list_id AND status = old.status;
  INSERT INTO list_counts (list_id, status, customer_id, count) VALUES (new.list_id, new.status, new.customer_id, 1)
  ON CONFLICT (list_id, status) DO UPDATE SET count = count + 1;
END;
