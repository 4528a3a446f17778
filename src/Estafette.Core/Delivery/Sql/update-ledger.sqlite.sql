-- Moves a ledger row to its new status; a status reported meanwhile by the far end (5 and up) stays.
UPDATE deliveries
SET status = @status, status_at = @at, reason = @reason, attempts = @attempt, content_id = coalesce(@content, content_id),
    server_id = @server, sent_at = coalesce(@sent_at, sent_at), provider_id = coalesce(@provider, provider_id)
WHERE id = @id AND status < 5
