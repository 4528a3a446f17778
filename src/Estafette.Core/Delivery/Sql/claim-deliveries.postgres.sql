-- Claims due rows of one campaign for a lane, oldest first. SQL because of SKIP LOCKED: two claimers never wait for each other.
UPDATE delivery_queue q SET lane_id = @lane, epoch = @epoch
FROM (
  SELECT delivery_id FROM delivery_queue
  WHERE campaign_id = @campaign AND due_at <= @now AND epoch = 0 AND customer_id = @customer
    AND (server_id IS NULL OR server_id = @server)
    AND (tried IS NULL OR position(@server_tag in tried) = 0)
    AND (@only_tried = 0 OR tried IS NOT NULL)
  ORDER BY due_at, delivery_id
  LIMIT @count
  FOR UPDATE SKIP LOCKED) due
WHERE q.delivery_id = due.delivery_id
RETURNING q.delivery_id, q.due_at, q.attempt, q.first_attempt_at, q.tried, q.server_id
