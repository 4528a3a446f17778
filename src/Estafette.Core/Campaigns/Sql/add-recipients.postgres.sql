-- Adds given addresses to a campaign that was not started, with the contact each belongs to; those it has already stay as they are.
-- SQL because thousands go in at once.
INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, created_at, status_at)
SELECT @customer, @campaign, c.id, @channel, r.value->>0, r.value->>1, 0, 0, @now, @now
FROM jsonb_array_elements(CAST(@rows AS jsonb)) WITH ORDINALITY AS r(value, key)
LEFT JOIN contacts c ON c.customer_id = @customer AND c.contact_key = r.value->>1
WHERE 1 = 1
ORDER BY r.key
ON CONFLICT (campaign_id, channel, address_key) DO NOTHING
RETURNING id, address_key
