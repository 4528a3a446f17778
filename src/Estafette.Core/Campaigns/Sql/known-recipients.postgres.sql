-- Which of some addresses a campaign has already. SQL because thousands are looked for at once.
SELECT d.address_key FROM jsonb_array_elements_text(CAST(@keys AS jsonb)) AS k(value)
JOIN deliveries d ON d.campaign_id = @campaign AND d.channel = @channel AND d.address_key = k.value
