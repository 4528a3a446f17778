-- A page of contacts in the order of their keys, with a prefix, a list and a status when given. SQL because of the range over the index.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status, c.contact_key
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.contact_key >= @low AND c.contact_key < @to AND c.contact_key <> @after
  AND (@list = 0 OR s.status IS NOT NULL) AND (@status < 0 OR s.status = @status)
ORDER BY c.contact_key LIMIT @take
