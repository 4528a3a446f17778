-- Keeps what was given with the addresses just added. SQL because it follows the INSERT of the addresses. CROSS JOIN keeps the order: the
-- other one would read the array again for each recipient.
INSERT INTO recipient_data (delivery_id, customer_id, properties, source_type, source_ref)
SELECT d.id, @customer, json_extract(r.value, '$[2]'), json_extract(r.value, '$[3]'), json_extract(r.value, '$[4]')
FROM json_each(@rows) r
CROSS JOIN deliveries d ON d.campaign_id = @campaign AND d.channel = @channel AND d.address_key = json_extract(r.value, '$[1]')
ON CONFLICT (delivery_id) DO NOTHING
