-- Marks earlier events as a machine's: [id, sign] pairs.
UPDATE tracking_events SET machine = r.sign
FROM (SELECT value ->> 0 AS id, value ->> 1 AS sign FROM json_each(@rows)) r
WHERE tracking_events.id = r.id
