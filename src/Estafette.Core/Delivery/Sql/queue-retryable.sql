-- Queues failed deliveries again; attempts go on counting.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band, attempt)
SELECT campaign_id, @now, id, customer_id, 2, attempts FROM deliveries d
WHERE campaign_id = @campaign AND customer_id = @customer AND status IN (6, 8, 9, @doubt)
  AND NOT EXISTS (SELECT 1 FROM delivery_queue q WHERE q.delivery_id = d.id AND q.campaign_id = @campaign)
ORDER BY id
