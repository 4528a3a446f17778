-- Bytes of a file, unless the customer's same bytes are there already.
INSERT INTO attachment_files (customer_id, hash, bytes) VALUES (@customer, @hash, @bytes) ON CONFLICT (customer_id, hash) DO NOTHING
