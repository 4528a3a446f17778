-- A call of a webhook, due at once; SQL because it belongs to the transaction that empties the feed.
INSERT INTO webhook_deliveries (customer_id, webhook_id, payload, events, due_at, created_at) VALUES (@customer, @webhook, @payload, @events, @now, @now)
