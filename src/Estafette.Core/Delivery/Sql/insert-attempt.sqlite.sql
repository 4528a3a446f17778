-- Appends an attempt; repeating it after a crash changes nothing.
INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, enhanced, text, cause)
VALUES (@id, @attempt, @customer, @campaign, @server, @content, @started, @duration, @outcome, @phase, @code, @enhanced, @text, @cause)
ON CONFLICT (delivery_id, attempt) DO NOTHING
