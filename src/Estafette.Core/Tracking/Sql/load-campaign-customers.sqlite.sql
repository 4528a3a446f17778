-- Whose the campaigns of aggregate events are.
SELECT id, customer_id FROM campaigns WHERE id IN (SELECT value FROM json_each(@ids))
