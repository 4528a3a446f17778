-- The ledger row of a message outside a campaign; returns its key.
INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, content_id, created_at, status_at)
VALUES (@customer, NULL, @contact, @channel, @address, @address_key, 0, @tracking, @content, @now, @now)
RETURNING id
