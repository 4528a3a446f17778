-- Files of old mails, but for those of which somebody still waits for a copy.
DELETE FROM single_attachments WHERE mail_id IN (
  SELECT l.mail_id FROM accepted_letters l WHERE l.delivery_id > @after AND l.delivery_id <= @until
  AND NOT EXISTS (SELECT 1 FROM accepted_letters o JOIN deliveries d ON d.id = o.delivery_id WHERE o.mail_id = l.mail_id AND d.status IN (0, 1, 3)))
