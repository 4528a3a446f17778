-- Takes webhook calls that are due; the due time becomes the end of a lease. SQL because claiming must be one atomic statement.
UPDATE webhook_calls SET due_at = @lease, attempts = attempts + 1
WHERE id IN (SELECT id FROM webhook_calls WHERE status = 0 AND due_at <= @now ORDER BY due_at, id LIMIT @count)
RETURNING id, automation_id, url, payload, attempts
