-- Those that still wait to be sent are remembered for later.
INSERT INTO late_singles (delivery_id)
SELECT s.delivery_id FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id
WHERE s.delivery_id > @after AND s.delivery_id <= @until AND d.status IN (0, 1, 3)
