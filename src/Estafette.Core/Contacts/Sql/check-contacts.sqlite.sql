-- How many of the given keys are contacts already, and how many are suppressed. SQL because it looks up thousands of keys at once.
SELECT count(c.id), count(s.id)
FROM json_each(@keys) k
LEFT JOIN contacts c ON c.customer_id = @customer AND c.contact_key = k.value
LEFT JOIN suppressions s ON s.customer_id = @customer
  AND s.channel = CASE WHEN k.value LIKE 'tel:%' THEN 2 ELSE 1 END
  AND s.address_key = CASE WHEN k.value LIKE 'tel:%' THEN substr(k.value, 5) ELSE k.value END
