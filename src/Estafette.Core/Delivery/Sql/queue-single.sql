-- Queues a message outside a campaign, before all campaigns.
INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band, server_id) VALUES (0, @due, @delivery, @customer, 0, @server)
