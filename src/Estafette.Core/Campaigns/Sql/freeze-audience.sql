-- Makes deliveries of the contacts in a range of keys: confirmed in an included list, in no excluded list; suppressed ones are recorded as such.
-- FreezeAudience puts the campaign's segments, when it has some, in the place of the two marks.
-- SQL because it is the one INSERT … SELECT of a launch.
INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, reason, tracking, created_at, status_at)
SELECT c.customer_id, @campaign, c.id, @channel, c.email, c.contact_key,
  CASE WHEN x.id IS NULL THEN 0 ELSE 10 END,
  CASE x.reason WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 5 THEN 4 ELSE 0 END,
  CASE c.tracking_consent WHEN 1 THEN CAST(@granted AS smallint) WHEN 2 THEN @refused ELSE @unknown END,
  @now, @now
FROM contacts c
LEFT JOIN suppressions x ON x.customer_id = c.customer_id AND x.channel = @channel AND x.address_key = c.contact_key
WHERE c.id > @after AND c.id <= @until AND c.customer_id = @customer AND c.email IS NOT NULL
  AND (EXISTS (SELECT 1 FROM campaign_lists l JOIN subscriptions s ON s.list_id = l.list_id AND s.contact_id = c.id
    WHERE l.campaign_id = @campaign AND NOT l.excluded AND s.status = 1) /* included */)
  AND NOT EXISTS (SELECT 1 FROM campaign_lists l JOIN subscriptions s ON s.list_id = l.list_id AND s.contact_id = c.id
    WHERE l.campaign_id = @campaign AND l.excluded AND s.status <> 2) /* excluded */
ORDER BY c.id
ON CONFLICT (campaign_id, channel, address_key) DO NOTHING
