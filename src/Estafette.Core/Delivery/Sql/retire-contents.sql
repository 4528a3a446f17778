-- Texts of mails outside campaigns that no mail used for long: nobody finds them any more.
UPDATE contents SET digest = NULL, retired_at = @now WHERE id IN (
  SELECT c.id FROM contents c WHERE c.campaign_id IS NULL AND c.retired_at IS NULL AND c.created_at < @before
  AND EXISTS (SELECT 1 FROM single_messages s WHERE s.content_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM single_messages s WHERE s.content_id = c.id AND s.delivery_id > (SELECT position FROM reading_positions WHERE name = 'single-retention'))
  AND NOT EXISTS (SELECT 1 FROM late_singles l JOIN single_messages s ON s.delivery_id = l.delivery_id WHERE s.content_id = c.id)
  ORDER BY c.created_at LIMIT @count)
