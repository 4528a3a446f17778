-- A message handed over whole, compressed; SQL because it is read while a message is composed.
SELECT bytes, size FROM submitted_messages WHERE customer_id = @customer AND hash = @hash
