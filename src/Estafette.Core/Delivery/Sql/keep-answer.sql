-- Keeps the answer of a call under its idempotency key, taking the place of one that is too old to count; changes nothing when the key is in use.
INSERT INTO idempotent_answers (customer_id, key, body_hash, status, answer, created_at)
VALUES (@customer, @key, @body, @status, @answer, @now)
ON CONFLICT (customer_id, key) DO UPDATE
SET body_hash = excluded.body_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at
WHERE idempotent_answers.created_at < @oldest
