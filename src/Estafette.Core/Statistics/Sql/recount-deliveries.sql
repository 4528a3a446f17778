-- Deliveries of a campaign with their attempts, those of one delivery together; SQL because the order is that of an index, so nothing is sorted.
SELECT d.id, d.created_at, d.tracking, d.status, d.status_at, d.unsubscribed_at, d.complained_at, coalesce(m.no, 0),
  a.server_id, a.started_at, a.duration_ms, a.outcome, a.phase, a.cause
FROM deliveries d
LEFT JOIN campaign_domains m ON m.campaign_id = d.campaign_id AND m.domain = d.domain
LEFT JOIN attempts a ON a.delivery_id = d.id
WHERE d.campaign_id = @campaign
ORDER BY d.status, d.server_id, d.id
