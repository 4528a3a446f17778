-- Takes contacts out of a list. Who unsubscribed keeps the row, so that nothing brings him back.
DELETE FROM subscriptions WHERE list_id = @list AND customer_id = @customer AND status <> 2 AND contact_id IN (SELECT value FROM json_each(@ids))
