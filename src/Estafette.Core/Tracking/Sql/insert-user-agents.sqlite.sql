-- Keeps each user agent text once: [hash, text].
INSERT INTO user_agents (id, text) SELECT value ->> 0, value ->> 1 FROM json_each(@rows) WHERE true ON CONFLICT (id) DO NOTHING
