-- Makes a batch of rows due that waited for the decision of an A/B test.
UPDATE delivery_queue q SET due_at = @now
FROM (SELECT delivery_id FROM delivery_queue WHERE campaign_id = @campaign AND due_at = @waiting LIMIT @count FOR UPDATE SKIP LOCKED) w
WHERE q.delivery_id = w.delivery_id
