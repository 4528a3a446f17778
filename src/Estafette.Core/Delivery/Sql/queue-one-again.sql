-- Queues one failed delivery again unless it waits already or its campaign is cancelled; SQL because check and insert must be one step.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band, attempt)
SELECT d.campaign_id, @now, d.id, d.customer_id, 2, d.attempts FROM deliveries d JOIN campaigns c ON c.id = d.campaign_id
WHERE d.id = @id AND d.customer_id = @customer AND d.status = @status AND c.status IN (2, 3, 4)
  AND NOT EXISTS (SELECT 1 FROM delivery_queue q WHERE q.delivery_id = d.id AND q.campaign_id = d.campaign_id)
