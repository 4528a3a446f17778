-- Mails outside campaigns whose texts are not kept any longer, oldest first.
SELECT s.delivery_id FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id
WHERE s.delivery_id > (SELECT position FROM reading_positions WHERE name = 'single-retention') AND d.created_at < @before
ORDER BY s.delivery_id LIMIT @count
