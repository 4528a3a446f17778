-- A page of the contacts of a list, the newest first. SQL because of the keyset over typed keys.
SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status
FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
WHERE s.list_id = @list AND s.customer_id = @customer AND s.contact_id < @before AND (@status < 0 OR s.status = @status)
ORDER BY s.contact_id DESC LIMIT @take
