-- Keeps what was given with the addresses just added. SQL because it follows the INSERT of the addresses.
INSERT INTO recipient_data (delivery_id, customer_id, properties, source_type, source_ref)
SELECT d.id, @customer, r.value->>2, r.value->>3, r.value->>4
FROM jsonb_array_elements(CAST(@rows AS jsonb)) WITH ORDINALITY AS r(value, key)
JOIN deliveries d ON d.campaign_id = @campaign AND d.channel = @channel AND d.address_key = r.value->>1
ON CONFLICT (delivery_id) DO NOTHING
