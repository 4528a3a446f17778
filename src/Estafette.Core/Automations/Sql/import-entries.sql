-- Contacts that one import confirmed in a list, by key. SQL because it walks the clustered subscriptions.
SELECT s.contact_id, s.changed_at FROM subscriptions s
WHERE s.list_id = @list AND s.contact_id > @after AND s.import_id = @import AND s.source = 1 AND s.status = 1 AND s.customer_id = @customer
ORDER BY s.contact_id LIMIT @count
