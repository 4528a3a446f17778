-- Queues the deliveries just frozen.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band)
SELECT campaign_id, @now, id, customer_id, 2 FROM deliveries WHERE campaign_id = @campaign AND id > @last AND status = 0
ORDER BY id
