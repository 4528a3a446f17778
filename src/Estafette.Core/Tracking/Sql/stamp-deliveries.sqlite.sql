-- Sets the first open and the first click of deliveries: [id, opened_at, clicked_at].
UPDATE deliveries SET opened_at = r.opened_at, clicked_at = r.clicked_at
FROM (SELECT value ->> 0 AS id, value ->> 1 AS opened_at, value ->> 2 AS clicked_at FROM json_each(@rows)) r
WHERE deliveries.id = r.id
