-- Forgets answers that no repeated call asks for any more, a batch at a time; SQL because the rows have no key of one column.
DELETE FROM idempotent_answers WHERE (customer_id, key) IN
  (SELECT customer_id, key FROM idempotent_answers WHERE created_at < @oldest ORDER BY created_at LIMIT @count)
