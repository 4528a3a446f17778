-- Stores a batch of events given as a JSON array of arrays; one statement per batch.
INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at, ip, user_agent_id)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9
FROM json_each(@rows)
