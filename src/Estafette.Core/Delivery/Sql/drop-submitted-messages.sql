-- Whole messages that no mail has any more and nobody handed over of late.
DELETE FROM submitted_messages WHERE (customer_id, hash) IN (
  SELECT m.customer_id, m.hash FROM submitted_messages m WHERE m.used_at < @used
  AND NOT EXISTS (SELECT 1 FROM accepted_mails a WHERE a.customer_id = m.customer_id AND a.raw_hash = m.hash)
  ORDER BY m.used_at LIMIT @count) AND used_at < @used
