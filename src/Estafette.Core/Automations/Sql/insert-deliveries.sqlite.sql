-- Makes deliveries of a send step for these contacts; suppressed ones are recorded as such. The key (campaign, channel, address) lets nobody
-- get a step twice in a round. SQL because it is the INSERT … SELECT of a launch for a few people.
INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, reason, tracking, created_at, status_at)
SELECT c.customer_id, @campaign, c.id, @channel, c.email, c.contact_key,
  CASE WHEN x.id IS NULL THEN 0 ELSE 10 END,
  CASE x.reason WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 5 THEN 4 ELSE 0 END,
  CASE c.tracking_consent WHEN 1 THEN CAST(@granted AS smallint) WHEN 2 THEN @refused ELSE @unknown END,
  @now, @now
FROM contacts c
LEFT JOIN suppressions x ON x.customer_id = c.customer_id AND x.channel = @channel AND x.address_key = c.contact_key
WHERE c.id IN (SELECT value FROM json_each(@ids)) AND c.customer_id = @customer AND c.email IS NOT NULL
ORDER BY c.id
ON CONFLICT (campaign_id, channel, address_key) DO NOTHING
RETURNING id, contact_id, status
