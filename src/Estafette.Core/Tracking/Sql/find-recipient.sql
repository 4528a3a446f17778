-- The person behind an unsubscribe link; SQL because Tracking lies below Delivery.
SELECT d.customer_id, coalesce(nullif(trim(u.brand_name), ''), u.name), d.campaign_id, c.id, d.channel, d.address, d.address_key,
  CASE WHEN c.language LIKE 'fr%' THEN 'fr' WHEN c.language LIKE 'en%' THEN 'en' ELSE u.language END,
  d.unsubscribed_at, c.tracking_consent, d.tracking,
  CASE WHEN p.external_opt_out AND u.may_opt_out_externally THEN u.opt_out_contact END
FROM deliveries d
JOIN customers u ON u.id = d.customer_id
LEFT JOIN campaigns p ON p.id = d.campaign_id
LEFT JOIN contacts c ON c.customer_id = d.customer_id AND (c.id = d.contact_id OR (d.contact_id IS NULL AND c.contact_key = d.address_key))
WHERE d.id = @delivery
