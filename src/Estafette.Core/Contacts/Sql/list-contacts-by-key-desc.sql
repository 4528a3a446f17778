-- A page of all contacts in the opposite order of their keys. SQL because of the range over the index.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status, c.contact_key
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.contact_key < @before
ORDER BY c.contact_key DESC LIMIT @take
