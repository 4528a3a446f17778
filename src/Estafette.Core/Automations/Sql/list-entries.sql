-- Contacts whose subscription to a list was confirmed after a time, in that order; 3 is Form, 5 is Link. SQL because of the row comparison.
SELECT s.contact_id, s.changed_at FROM subscriptions s
WHERE s.list_id = @list AND s.source <> 1 AND (s.changed_at, s.contact_id) > (@at, @after)
  AND s.status = 1 AND s.customer_id = @customer AND (@forms = 0 OR s.source IN (3, 5))
ORDER BY s.changed_at, s.contact_id LIMIT @count
