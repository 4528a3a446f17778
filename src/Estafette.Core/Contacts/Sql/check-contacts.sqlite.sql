-- The contacts and suppressions that there are for the given keys. SQL because it looks up thousands of keys at once.
SELECT k.value, s.id IS NOT NULL, c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.attributes
FROM json_each(@keys) k
LEFT JOIN contacts c ON c.customer_id = @customer AND c.contact_key = k.value
LEFT JOIN suppressions s ON s.customer_id = @customer
  AND s.channel = CASE WHEN k.value LIKE 'tel:%' THEN 2 ELSE 1 END
  AND s.address_key = CASE WHEN k.value LIKE 'tel:%' THEN substr(k.value, 5) ELSE k.value END
WHERE c.id IS NOT NULL OR s.id IS NOT NULL
