-- Keeps each user agent text once, with its class: [hash, text, class], in the order of hashes so that two nodes do not wait for each other in a circle.
INSERT INTO user_agents (id, text, class_id)
SELECT (value ->> 0)::bigint, value ->> 1, (value ->> 2)::bigint FROM json_array_elements(@rows::json) ORDER BY 1
ON CONFLICT (id) DO UPDATE SET class_id = excluded.class_id WHERE user_agents.class_id IS NULL
