-- What the renderer needs of claimed deliveries, with their suppression; SQL because it joins three modules' tables in one read.
SELECT d.id, d.address, d.tracking, d.contact_id, c.email, c.phone, c.first_name, c.last_name, c.language, CASE WHEN r.properties IS NULL THEN coalesce(m.merge_data, c.attributes) ELSE json_patch(coalesce(c.attributes, '{}'), r.properties) END, s.reason,
  m.content_id, m.from_email, m.from_name, m.reply_to, m.subject_prefix, m.campaign_id, d.address_key, d.status,
  CASE WHEN d.attempts = 0 OR NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.phase <> 13) THEN 1 ELSE 0 END, m.kind, d.variant, x.head,
  CASE WHEN EXISTS (SELECT 1 FROM single_attachments f WHERE f.mail_id = x.mail_id) THEN x.mail_id END, a.raw_hash
FROM deliveries d
LEFT JOIN single_messages m ON m.delivery_id = d.id AND d.campaign_id IS NULL
LEFT JOIN accepted_letters x ON x.delivery_id = d.id AND d.campaign_id IS NULL
LEFT JOIN accepted_mails a ON a.id = x.mail_id
LEFT JOIN recipient_data r ON r.delivery_id = d.id AND d.campaign_id IS NOT NULL
LEFT JOIN contacts c ON c.id = coalesce(d.contact_id, m.merge_contact_id) AND c.customer_id = d.customer_id
LEFT JOIN suppressions s ON s.customer_id = d.customer_id AND s.channel = d.channel AND s.address_key = d.address_key
WHERE d.id IN (SELECT value FROM json_each(@ids))
