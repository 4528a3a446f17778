-- Keeps a message that came back, with its customer found by the delivery it is about (0: nobody).
INSERT INTO inbound_messages (customer_id, delivery_id, received_at, peer, envelope_from, envelope_to, sender, subject, kind, class, reason, status, code, diagnostic, format, outcome, digest, source)
VALUES (coalesce((SELECT customer_id FROM deliveries WHERE id = @delivery), 0), @delivery, @at, @peer, @from, @to, @sender, @subject, @kind, @class, @reason, @status, @code, @diagnostic, @format, @outcome, @digest, @source)
ON CONFLICT (digest) DO NOTHING
