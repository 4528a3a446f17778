-- A mail a program handed over; returns its key. SQL because every accepted mail writes it.
INSERT INTO accepted_mails (customer_id, message_id, application, categories, raw_hash, created_at)
VALUES (@customer, @message, @application, @categories, @raw, @now)
RETURNING id
