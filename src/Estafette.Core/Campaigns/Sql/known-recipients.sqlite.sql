-- Which of some addresses a campaign has already. SQL because thousands are looked for at once. CROSS JOIN keeps the order: the other one
-- would read the array again for each recipient.
SELECT d.address_key FROM json_each(@keys) k
CROSS JOIN deliveries d ON d.campaign_id = @campaign AND d.channel = @channel AND d.address_key = k.value
