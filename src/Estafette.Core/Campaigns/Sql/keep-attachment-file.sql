-- Keeps the bytes of a file, once for each content of a customer, and notes that somebody wants them: upkeep drops what nobody wanted for an hour.
INSERT INTO attachment_files (customer_id, hash, bytes, used_at) VALUES (@customer, @hash, @bytes, @now)
ON CONFLICT (customer_id, hash) DO UPDATE SET used_at = excluded.used_at WHERE attachment_files.used_at < excluded.used_at - 600000
