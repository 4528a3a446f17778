-- Every rollup of a campaign, counted again from the raw rows; the definitions are in Recount.cs. SQL because it reads all of them.
SELECT 1 AS metric, created_at / 3600000 AS hour, 0 AS dimension, count(*) AS count
FROM deliveries WHERE campaign_id = @campaign GROUP BY 2
UNION ALL
SELECT 2, at / 3600000, 0, count(*)
FROM (SELECT min(started_at + duration_ms) AS at FROM attempts
  WHERE outcome = 1 AND delivery_id IN (SELECT id FROM deliveries WHERE campaign_id = @campaign)
  GROUP BY delivery_id) AS accepted
GROUP BY 2
UNION ALL
SELECT 32, at / 3600000, 0, count(*)
FROM (SELECT min(a.started_at + a.duration_ms) AS at FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
  WHERE d.campaign_id = @campaign AND d.tracking = 2 AND a.outcome = 1
  GROUP BY a.delivery_id) AS accepted
GROUP BY 2
UNION ALL
SELECT 33, at / 3600000, tracking, count(*)
FROM (SELECT min(a.started_at + a.duration_ms) AS at, d.tracking FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
  WHERE d.campaign_id = @campaign AND a.phase <> 13
  GROUP BY a.delivery_id, d.tracking) AS attempted
GROUP BY 2, 3
UNION ALL
SELECT CASE status WHEN 5 THEN 3 WHEN 6 THEN 4 WHEN 7 THEN 5 WHEN 8 THEN 6 WHEN 9 THEN 7 WHEN 10 THEN 8 ELSE 9 END,
  status_at / 3600000, 0, count(*)
FROM deliveries WHERE campaign_id = @campaign AND status BETWEEN 5 AND 11 GROUP BY 1, 2
UNION ALL
SELECT CASE outcome WHEN 2 THEN 10 ELSE 11 END, (started_at + duration_ms) / 3600000, 0, count(*)
FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE campaign_id = @campaign) AND outcome IN (2, 5) GROUP BY 1, 2
UNION ALL
SELECT CASE outcome WHEN 1 THEN 12 ELSE 13 END, (started_at + duration_ms) / 3600000, server_id, count(*)
FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE campaign_id = @campaign) GROUP BY 1, 2, 3
UNION ALL
SELECT 14, (started_at + duration_ms) / 3600000, cause, count(*)
FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE campaign_id = @campaign) AND outcome <> 1 AND cause IS NOT NULL
GROUP BY 2, 3
UNION ALL
SELECT 20, at / 3600000, 0, count(*)
FROM (SELECT min(at) AS at FROM tracking_events
  WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind IN (1, 2) AND machine IN (0, 6) GROUP BY delivery_id) AS first
GROUP BY 2
UNION ALL
SELECT 23, at / 3600000, 0, count(*)
FROM (SELECT min(at) AS at FROM tracking_events
  WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind = 2 AND machine IN (0, 6) GROUP BY delivery_id) AS first
GROUP BY 2
UNION ALL
SELECT 26, at / 3600000, dimension, count(*)
FROM (SELECT min(at) AS at, coalesce(content_id, 0) * 65536 + link_no AS dimension FROM tracking_events
  WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind = 2 AND machine IN (0, 6)
  GROUP BY delivery_id, coalesce(content_id, 0) * 65536 + link_no) AS first
GROUP BY 2, 3
UNION ALL
SELECT CASE WHEN kind = 1 THEN (CASE WHEN machine IN (0, 6) THEN 21 ELSE 22 END) ELSE (CASE WHEN machine IN (0, 6) THEN 24 ELSE 25 END) END,
  at / 3600000, 0, count(*)
FROM tracking_events WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind IN (1, 2) GROUP BY 1, 2
UNION ALL
SELECT 27, at / 3600000, coalesce(content_id, 0) * 65536 + link_no, count(*)
FROM tracking_events WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind = 2 AND machine IN (0, 6) GROUP BY 2, 3
UNION ALL
SELECT 28, at / 3600000, 0, count(*)
FROM tracking_events WHERE campaign_id = @campaign AND delivery_id IS NULL AND kind = 1 AND machine IN (0, 6) GROUP BY 2
UNION ALL
SELECT 29, at / 3600000, coalesce(content_id, 0) * 65536 + link_no, count(*)
FROM tracking_events WHERE campaign_id = @campaign AND delivery_id IS NULL AND kind = 2 AND machine IN (0, 6) GROUP BY 2, 3
UNION ALL
SELECT 30, unsubscribed_at / 3600000, 0, count(*)
FROM deliveries WHERE campaign_id = @campaign AND unsubscribed_at IS NOT NULL GROUP BY 2
UNION ALL
SELECT 31, complained_at / 3600000, 0, count(*)
FROM deliveries WHERE campaign_id = @campaign AND complained_at IS NOT NULL GROUP BY 2
UNION ALL
SELECT 34, at / 3600000, class, count(*)
FROM (SELECT min(e.at) AS at, coalesce(a.class_id, 0) AS class FROM tracking_events e LEFT JOIN user_agents a ON a.id = e.user_agent_id
  WHERE e.campaign_id = @campaign AND e.delivery_id IS NOT NULL AND e.kind IN (1, 2) AND e.machine IN (0, 6)
  GROUP BY e.delivery_id, coalesce(a.class_id, 0)) AS first
GROUP BY 2, 3
UNION ALL
SELECT CASE e.kind WHEN 1 THEN 35 ELSE 36 END, e.at / 3600000, coalesce(a.class_id, 0), count(*)
FROM tracking_events e LEFT JOIN user_agents a ON a.id = e.user_agent_id
WHERE e.campaign_id = @campaign AND e.delivery_id IS NOT NULL AND e.kind IN (1, 2) AND e.machine IN (0, 6) GROUP BY 1, 2, 3
UNION ALL
SELECT 37, at / 3600000, coalesce(content_id, 0) * 65536 + link_no, count(*)
FROM tracking_events WHERE campaign_id = @campaign AND delivery_id IS NOT NULL AND kind = 2 AND machine NOT IN (0, 6) GROUP BY 2, 3
UNION ALL
SELECT 40, 0, coalesce(m.no, 0), count(*)
FROM (SELECT DISTINCT d.id, d.domain FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.campaign_id = @campaign AND a.phase <> 13) AS attempted
LEFT JOIN campaign_domains m ON m.campaign_id = @campaign AND m.domain = attempted.domain
GROUP BY 3
UNION ALL
SELECT 41, 0, coalesce(m.no, 0), count(*)
FROM (SELECT DISTINCT d.id, d.domain FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.campaign_id = @campaign AND a.outcome = 1) AS accepted
LEFT JOIN campaign_domains m ON m.campaign_id = @campaign AND m.domain = accepted.domain
GROUP BY 3
UNION ALL
SELECT CASE d.status WHEN 5 THEN 42 ELSE 43 END, 0, coalesce(m.no, 0), count(*)
FROM deliveries d LEFT JOIN campaign_domains m ON m.campaign_id = d.campaign_id AND m.domain = d.domain
WHERE d.campaign_id = @campaign AND d.status IN (5, 6, 7, 9) GROUP BY 1, 3
UNION ALL
SELECT 44, 0, coalesce(m.no, 0), count(*)
FROM attempts a JOIN deliveries d ON d.id = a.delivery_id LEFT JOIN campaign_domains m ON m.campaign_id = d.campaign_id AND m.domain = d.domain
WHERE d.campaign_id = @campaign AND a.outcome = 2 GROUP BY 3
UNION ALL
SELECT 45, 0, coalesce(m.no, 0), sum(a.duration_ms)
FROM attempts a JOIN deliveries d ON d.id = a.delivery_id LEFT JOIN campaign_domains m ON m.campaign_id = d.campaign_id AND m.domain = d.domain
WHERE d.campaign_id = @campaign AND a.outcome = 1 GROUP BY 3 HAVING sum(a.duration_ms) > 0
UNION ALL
SELECT 46, 0, coalesce(m.no, 0), count(*)
FROM (SELECT DISTINCT d.id, d.domain FROM tracking_events e JOIN deliveries d ON d.id = e.delivery_id
  WHERE e.campaign_id = @campaign AND e.kind IN (1, 2) AND e.machine IN (0, 6)) AS opened
LEFT JOIN campaign_domains m ON m.campaign_id = @campaign AND m.domain = opened.domain
GROUP BY 3
UNION ALL
SELECT 47, 0, coalesce(m.no, 0), count(*)
FROM (SELECT DISTINCT d.id, d.domain FROM tracking_events e JOIN deliveries d ON d.id = e.delivery_id
  WHERE e.campaign_id = @campaign AND e.kind = 2 AND e.machine IN (0, 6)) AS clicked
LEFT JOIN campaign_domains m ON m.campaign_id = @campaign AND m.domain = clicked.domain
GROUP BY 3
