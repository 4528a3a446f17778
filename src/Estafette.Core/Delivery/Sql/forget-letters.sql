-- Header fields and the caller's own values of old mails.
UPDATE accepted_letters SET head = NULL, custom_args = NULL WHERE delivery_id > @after AND delivery_id <= @until
AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = accepted_letters.delivery_id AND d.status IN (0, 1, 3))
