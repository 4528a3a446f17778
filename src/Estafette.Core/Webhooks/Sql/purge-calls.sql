-- Forgets old calls with the people in them, a batch at a time; SQL because of the limit.
DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE created_at < @oldest ORDER BY created_at LIMIT @count)
