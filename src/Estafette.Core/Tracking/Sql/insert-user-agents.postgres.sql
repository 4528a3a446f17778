-- Keeps each user agent text once: [hash, text], in the order of hashes so that two nodes do not wait for each other in a circle.
INSERT INTO user_agents (id, text)
SELECT (value ->> 0)::bigint, value ->> 1 FROM json_array_elements(@rows::json) ORDER BY 1
ON CONFLICT (id) DO NOTHING
