-- Bytes of files that no campaign and no mail has any more and nobody wanted of late.
DELETE FROM attachment_files WHERE (customer_id, hash) IN (
  SELECT f.customer_id, f.hash FROM attachment_files f WHERE f.used_at < @used
  AND NOT EXISTS (SELECT 1 FROM single_attachments a WHERE a.customer_id = f.customer_id AND a.hash = f.hash)
  AND NOT EXISTS (SELECT 1 FROM campaign_attachments a WHERE a.customer_id = f.customer_id AND a.hash = f.hash)
  ORDER BY f.used_at LIMIT @count) AND used_at < @used
