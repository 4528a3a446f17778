-- Keeps each class of user agents once: [hash, os, browser, device].
INSERT INTO agent_classes (id, os, browser, device) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(@rows) WHERE true
ON CONFLICT (id) DO NOTHING
