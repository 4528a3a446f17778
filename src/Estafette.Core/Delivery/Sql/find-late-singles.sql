-- Those that were late and do not wait any more.
SELECT l.delivery_id FROM late_singles l JOIN deliveries d ON d.id = l.delivery_id WHERE d.status NOT IN (0, 1, 3) ORDER BY l.delivery_id LIMIT @count
