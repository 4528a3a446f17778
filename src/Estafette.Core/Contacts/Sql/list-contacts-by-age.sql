-- A page of all contacts in the order in which they came. SQL because of the keyset over the index of the customer.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status
FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
WHERE c.customer_id = @customer AND c.id > @after
ORDER BY c.id LIMIT @take
