-- A page of contacts whose first name begins with a text and whose key and last name do not. SQL because of the index over an expression.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status, lower(c.first_name)
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.first_name IS NOT NULL AND lower(c.first_name) >= @low AND lower(c.first_name) < @to AND (lower(c.first_name) > @low OR c.id > @id)
  AND NOT (c.contact_key >= @from AND c.contact_key < @to)
  AND (c.last_name IS NULL OR NOT (lower(c.last_name) >= @from AND lower(c.last_name) < @to))
  AND (@list = 0 OR s.status IS NOT NULL) AND (@status < 0 OR s.status = @status)
ORDER BY lower(c.first_name), c.id LIMIT @take
