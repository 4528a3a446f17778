-- A message handed over whole, unless the customer's same bytes are there already.
INSERT INTO submitted_messages (customer_id, hash, bytes, size, created_at) VALUES (@customer, @hash, @bytes, @size, @now)
ON CONFLICT (customer_id, hash) DO NOTHING
