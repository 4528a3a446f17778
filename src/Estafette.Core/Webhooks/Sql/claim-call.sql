-- Takes the oldest call of a webhook when it is due; its due time becomes the end of a lease. SQL because claiming must be one atomic statement.
UPDATE webhook_deliveries SET due_at = @lease, attempts = attempts + 1
WHERE id = (SELECT min(d.id) FROM webhook_deliveries d WHERE d.webhook_id = @webhook AND d.status = 0) AND due_at <= @now AND status = 0
RETURNING id, payload, attempts
