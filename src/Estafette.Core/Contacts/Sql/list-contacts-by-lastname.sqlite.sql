-- A page of contacts whose last name begins with a text and whose key does not. SQL because the range is that of an index over an expression.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status, lower(c.last_name)
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.last_name IS NOT NULL AND lower(c.last_name) >= @low AND lower(c.last_name) < @to AND (lower(c.last_name) > @low OR c.id > @id)
  AND NOT (c.contact_key >= @from AND c.contact_key < @to)
  AND (@list = 0 OR s.status IS NOT NULL) AND (@status < 0 OR s.status = @status)
ORDER BY lower(c.last_name), c.id LIMIT @take
