-- Claims due rows of one campaign for a lane, oldest first. SQL because claiming must be one atomic statement on the clustered order.
UPDATE delivery_queue SET lane_id = @lane, epoch = @epoch
WHERE (campaign_id, due_at, delivery_id) IN (
  SELECT campaign_id, due_at, delivery_id FROM delivery_queue
  WHERE campaign_id = @campaign AND due_at <= @now AND epoch = 0 AND customer_id = @customer
    AND (server_id IS NULL OR server_id = @server)
    AND (tried IS NULL OR instr(tried, @server_tag) = 0)
    AND (@only_tried = 0 OR tried IS NOT NULL)
  ORDER BY due_at, delivery_id
  LIMIT @count)
RETURNING delivery_id, due_at, attempt, first_attempt_at, tried, server_id
