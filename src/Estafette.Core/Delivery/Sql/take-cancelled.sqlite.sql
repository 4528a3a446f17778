-- Removes a batch of a cancelled campaign's unclaimed rows from the queue and names them.
DELETE FROM delivery_queue
WHERE (campaign_id, due_at, delivery_id) IN
  (SELECT campaign_id, due_at, delivery_id FROM delivery_queue WHERE campaign_id = @campaign AND epoch = 0 LIMIT @count)
RETURNING delivery_id, customer_id
