-- The events already counted of the deliveries of a batch.
SELECT e.delivery_id, e.id, e.kind, coalesce(e.content_id, 0), e.link_no, e.machine, e.at, coalesce(a.class_id, 0)
FROM tracking_events e LEFT JOIN user_agents a ON a.id = e.user_agent_id
WHERE e.delivery_id IN (SELECT value::bigint FROM json_array_elements_text(@ids::json))
