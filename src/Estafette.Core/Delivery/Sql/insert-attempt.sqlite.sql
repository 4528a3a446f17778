-- Appends an attempt; repeating it after a crash changes nothing.
INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, enhanced, text)
VALUES (@id, @attempt, @customer, @campaign, @server, @content, @started, @duration, @outcome, @phase, @code, @enhanced, @text)
ON CONFLICT (delivery_id, attempt) DO NOTHING
