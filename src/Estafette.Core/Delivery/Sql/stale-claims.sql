-- Rows claimed by an earlier run, whatever the machine was called then; SQL because it reads the queue by lane.
SELECT q.delivery_id, q.campaign_id, q.due_at, q.customer_id, q.lane_id, q.epoch, q.attempt, q.first_attempt_at, q.tried, l.server_id,
  d.tracking, d.address_key, d.content_id, s.kind, s.in_doubt_policy, c.in_doubt_policy, d.status,
  CASE WHEN d.attempts = 0 OR NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.phase <> 13) THEN 1 ELSE 0 END
FROM delivery_queue q
JOIN lanes l ON l.id = q.lane_id
JOIN deliveries d ON d.id = q.delivery_id
JOIN sending_servers s ON s.id = l.server_id
LEFT JOIN campaigns c ON c.id = q.campaign_id
WHERE q.epoch <> 0
