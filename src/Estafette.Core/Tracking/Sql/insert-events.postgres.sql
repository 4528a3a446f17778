-- Stores a batch of events given as a JSON array of arrays; one statement per batch.
INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at, ip, user_agent_id)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::bigint, (value ->> 3)::bigint, (value ->> 4)::smallint,
  (value ->> 5)::int, (value ->> 6)::smallint, (value ->> 7)::bigint, value ->> 8, (value ->> 9)::bigint
FROM json_array_elements(@rows::json)
