-- The events already counted of the deliveries of a batch; SQL because of json_each.
SELECT delivery_id, id, kind, coalesce(content_id, 0), link_no, machine, at
FROM tracking_events
WHERE delivery_id IN (SELECT value FROM json_each(@ids))
