-- Keeps each user agent text once, with its class: [hash, text, class].
INSERT INTO user_agents (id, text, class_id) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(@rows) WHERE true
ON CONFLICT (id) DO UPDATE SET class_id = excluded.class_id WHERE user_agents.class_id IS NULL
