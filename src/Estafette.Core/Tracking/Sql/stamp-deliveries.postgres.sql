-- Sets the first open and the first click of deliveries: [id, opened_at, clicked_at].
UPDATE deliveries SET opened_at = r.opened_at, clicked_at = r.clicked_at
FROM (
  SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS opened_at, (value ->> 2)::bigint AS clicked_at
  FROM json_array_elements(@rows::json)
) r
WHERE deliveries.id = r.id
