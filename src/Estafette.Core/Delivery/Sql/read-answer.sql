-- The answer kept under an idempotency key, and the hash of the body it answered.
SELECT body_hash, answer FROM idempotent_answers WHERE customer_id = @customer AND key = @key
