-- Marks the deliveries just queued again as pending.
UPDATE deliveries SET status = 0, reason = 0, status_at = @now
WHERE campaign_id = @campaign AND customer_id = @customer AND status IN (6, 8, 9, @doubt)
  AND EXISTS (SELECT 1 FROM delivery_queue q WHERE q.delivery_id = deliveries.id AND q.campaign_id = @campaign AND q.due_at = @now)
