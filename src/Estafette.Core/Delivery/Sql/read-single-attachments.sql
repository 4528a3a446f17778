-- Files of an accepted mail with their bytes; SQL because it is read while a message is composed.
SELECT a.filename, a.content_type, a.content_id, f.bytes
FROM single_attachments a JOIN attachment_files f ON f.customer_id = a.customer_id AND f.hash = a.hash
WHERE a.mail_id = @mail AND a.customer_id = @customer
ORDER BY a.number
