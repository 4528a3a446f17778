-- A content outside campaigns; returns its key, or nothing when another transaction stored it at the same moment.
INSERT INTO contents (customer_id, campaign_id, version, subject, html, text, processed, digest, created_at)
VALUES (@customer, NULL, 1, @subject, NULL, NULL, @processed, @digest, @now)
ON CONFLICT (customer_id, digest) WHERE digest IS NOT NULL DO NOTHING
RETURNING id
