-- Texts that nobody finds any more and nobody needs: used by old mails only, and by those of erased people. 0: the text is gone.
UPDATE contents SET subject = '', preheader = NULL, html = NULL, text = NULL, processed = @nothing, retired_at = 0 WHERE id IN (
  SELECT c.id FROM contents c WHERE c.retired_at > 0 AND c.retired_at < @retired
  AND NOT EXISTS (SELECT 1 FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id
    WHERE s.content_id = c.id AND s.delivery_id > (SELECT position FROM reading_positions WHERE name = 'single-retention') AND d.address NOT LIKE 'hmac:%')
  AND NOT EXISTS (SELECT 1 FROM late_singles l JOIN single_messages s ON s.delivery_id = l.delivery_id WHERE s.content_id = c.id)
  ORDER BY c.retired_at LIMIT @count)
