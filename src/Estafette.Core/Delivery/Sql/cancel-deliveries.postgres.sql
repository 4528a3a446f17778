-- Marks deliveries that did not leave as cancelled.
UPDATE deliveries SET status = @status, reason = @reason, status_at = @now
WHERE status IN (0, 1, 3) AND id = ANY(@ids)
