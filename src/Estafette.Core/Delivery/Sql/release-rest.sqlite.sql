-- Makes a batch of rows due that waited for the decision of an A/B test.
UPDATE delivery_queue SET due_at = @now
WHERE (campaign_id, due_at, delivery_id) IN
  (SELECT campaign_id, due_at, delivery_id FROM delivery_queue WHERE campaign_id = @campaign AND due_at = @waiting LIMIT @count)
