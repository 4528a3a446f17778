-- Keeps each class of user agents once: [hash, os, browser, device], in the order of hashes.
INSERT INTO agent_classes (id, os, browser, device)
SELECT (value ->> 0)::bigint, value ->> 1, value ->> 2, (value ->> 3)::smallint FROM json_array_elements(@rows::json) ORDER BY 1
ON CONFLICT (id) DO NOTHING
