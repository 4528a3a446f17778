-- Appends a fact about a delivery besides its attempts.
INSERT INTO delivery_events (delivery_id, customer_id, at, status, source, text) VALUES (@id, @customer, @at, @status, @source, @text)
