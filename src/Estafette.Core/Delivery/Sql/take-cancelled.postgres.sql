-- Removes a batch of a cancelled campaign's unclaimed rows from the queue and names them.
DELETE FROM delivery_queue q
USING (SELECT delivery_id FROM delivery_queue WHERE campaign_id = @campaign AND epoch = 0 LIMIT @count FOR UPDATE SKIP LOCKED) c
WHERE q.delivery_id = c.delivery_id
RETURNING q.delivery_id, q.customer_id
