-- A page of contacts whose first or last name begins with a text and whose key does not. SQL because of the keyset over typed keys.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.id > @after
  AND (lower(c.last_name) LIKE @pattern ESCAPE '\' OR lower(c.first_name) LIKE @pattern ESCAPE '\')
  AND NOT (c.contact_key >= @from AND c.contact_key < @to)
  AND (@list = 0 OR s.status IS NOT NULL) AND (@status < 0 OR s.status = @status)
ORDER BY c.id LIMIT @take
