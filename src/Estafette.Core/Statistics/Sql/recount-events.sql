-- Opens and clicks of the deliveries of a campaign, those of one delivery together. CROSS JOIN: SQLite then begins with the deliveries, in the
-- order of their index, and sorts nothing.
SELECT d.id, coalesce(m.no, 0), e.kind, e.machine, e.at, coalesce(e.content_id, 0) * 65536 + e.link_no, coalesce(u.class_id, 0)
FROM deliveries d
CROSS JOIN tracking_events e
LEFT JOIN campaign_domains m ON m.campaign_id = d.campaign_id AND m.domain = d.domain
LEFT JOIN user_agents u ON u.id = e.user_agent_id
WHERE d.campaign_id = @campaign AND e.delivery_id = d.id AND e.kind IN (1, 2)
ORDER BY d.status, d.server_id, d.id
