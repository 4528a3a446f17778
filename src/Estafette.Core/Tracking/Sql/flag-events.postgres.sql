-- Marks earlier events as a machine's: [id, sign] pairs.
UPDATE tracking_events SET machine = r.sign
FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::smallint AS sign FROM json_array_elements(@rows::json)) r
WHERE tracking_events.id = r.id
