-- A message handed over whole, once for the customer's same bytes; notes that somebody wants them, so that upkeep leaves them.
INSERT INTO submitted_messages (customer_id, hash, bytes, size, created_at, used_at) VALUES (@customer, @hash, @bytes, @size, @now, @now)
ON CONFLICT (customer_id, hash) DO UPDATE SET used_at = excluded.used_at WHERE submitted_messages.used_at < excluded.used_at - 600000
