-- Opens and clicks of a campaign that are known without their delivery. The plus keeps SQLite from the index of deliveries, where all these
-- events of all customers have one place.
SELECT kind, at / 3600000, CASE kind WHEN 1 THEN 0 ELSE coalesce(content_id, 0) * 65536 + link_no END, count(*)
FROM tracking_events
WHERE campaign_id = @campaign AND +delivery_id IS NULL AND kind IN (1, 2) AND machine IN (0, 6)
GROUP BY 1, 2, 3
