-- Merge values of old mails.
UPDATE single_messages SET merge_data = NULL WHERE delivery_id > @after AND delivery_id <= @until AND merge_data IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = single_messages.delivery_id AND d.status IN (0, 1, 3))
