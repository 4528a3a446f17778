-- The events already counted of the deliveries of a batch.
SELECT delivery_id, id, kind, coalesce(content_id, 0), link_no, machine, at
FROM tracking_events
WHERE delivery_id IN (SELECT value::bigint FROM json_array_elements_text(@ids::json))
