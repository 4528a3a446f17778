-- Lists in which contacts are confirmed. SQL because of the set of keys.
SELECT contact_id, list_id FROM subscriptions
WHERE contact_id = ANY(@ids) AND customer_id = @customer AND status = 1
