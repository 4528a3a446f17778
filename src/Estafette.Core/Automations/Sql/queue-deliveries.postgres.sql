-- Queues deliveries of a send step in band 1, triggered.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band)
SELECT @campaign, @now, id, @customer, 1 FROM unnest(@ids::bigint[]) AS u(id)
