-- How often the figures of a campaign were put right: a repair corrects only figures that nobody has corrected since it read them.
CREATE TABLE rollup_repairs (
  campaign_id bigint PRIMARY KEY,
  version bigint NOT NULL
);
-- The number of subscriptions of each list by status, kept by triggers in the transaction of the rows: whoever changes a subscription, by whatever
-- statement, changes the number. Once per statement, and in the order of the key, so that two writers never wait for each other in a circle.
CREATE TABLE list_counts (
  list_id bigint NOT NULL,
  status smallint NOT NULL,
  customer_id bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (list_id, status)
);
INSERT INTO list_counts (list_id, status, customer_id, count)
SELECT list_id, status, customer_id, count(*) FROM subscriptions GROUP BY list_id, status, customer_id;
CREATE FUNCTION count_subscriptions_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO list_counts AS c (list_id, status, customer_id, count)
  SELECT list_id, status, customer_id, count(*) FROM added GROUP BY list_id, status, customer_id ORDER BY list_id, status
  ON CONFLICT (list_id, status) DO UPDATE SET count = c.count + excluded.count;
  RETURN NULL;
END $$;
CREATE FUNCTION count_subscriptions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO list_counts AS c (list_id, status, customer_id, count)
  SELECT list_id, status, customer_id, sum(n) FROM (
    SELECT list_id, status, customer_id, 1 AS n FROM added UNION ALL SELECT list_id, status, customer_id, -1 FROM removed) AS moved
  GROUP BY list_id, status, customer_id HAVING sum(n) <> 0 ORDER BY list_id, status
  ON CONFLICT (list_id, status) DO UPDATE SET count = c.count + excluded.count;
  RETURN NULL;
END $$;
CREATE FUNCTION count_subscriptions_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO list_counts AS c (list_id, status, customer_id, count)
  SELECT list_id, status, customer_id, -count(*) FROM removed GROUP BY list_id, status, customer_id ORDER BY list_id, status
  ON CONFLICT (list_id, status) DO UPDATE SET count = c.count + excluded.count;
  RETURN NULL;
END $$;
CREATE TRIGGER tr_subscriptions_insert AFTER INSERT ON subscriptions REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION count_subscriptions_in();
CREATE TRIGGER tr_subscriptions_update AFTER UPDATE ON subscriptions REFERENCING OLD TABLE AS removed NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION count_subscriptions_changed();
CREATE TRIGGER tr_subscriptions_delete AFTER DELETE ON subscriptions REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION count_subscriptions_out();
-- Searches and duplicates by name and phone; partial, so that importing bare addresses writes none of them.
CREATE INDEX ix_contacts_last_name ON contacts(customer_id, (lower(last_name) COLLATE "C"), id) WHERE last_name IS NOT NULL;
CREATE INDEX ix_contacts_first_name ON contacts(customer_id, (lower(first_name) COLLATE "C"), id) WHERE first_name IS NOT NULL;
CREATE INDEX ix_contacts_phone ON contacts(customer_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX ix_automation_enrolments_entered ON automation_enrolments(automation_id, id);
CREATE INDEX ix_suppressions_customer ON suppressions(customer_id, id);
CREATE INDEX ix_captured_messages_delivery ON captured_messages(delivery_id);
