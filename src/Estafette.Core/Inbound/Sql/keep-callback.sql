-- Keeps an event of a provider once, however often it is told.
INSERT INTO provider_callbacks (customer_id, server_id, event_key, event, received_at, due_at, outcome)
VALUES (@customer, @server, @key, @event, @at, @due, @outcome)
ON CONFLICT (server_id, event_key) DO NOTHING
