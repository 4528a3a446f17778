-- Queues the deliveries just frozen; those outside the test group of an A/B test wait for its decision.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band)
SELECT campaign_id, CASE WHEN variant = 0 THEN CAST(@rest AS bigint) ELSE CAST(@now AS bigint) END, id, customer_id, 2
FROM deliveries WHERE campaign_id = @campaign AND id > @last AND id <= @until AND status = 0
ORDER BY id
