-- Contacts whose date attribute looks like one of four patterns, confirmed in the list (0: in any), by key. SQL because the attribute is a
-- member of a JSON object.
SELECT c.id, CAST(0 AS bigint) FROM contacts c
WHERE c.customer_id = @customer AND c.id > @after
  AND (c.attributes ->> @path::text LIKE @a OR c.attributes ->> @path::text LIKE @b OR c.attributes ->> @path::text LIKE @c OR c.attributes ->> @path::text LIKE @d)
  AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id AND s.status = 1 AND (@list = 0 OR s.list_id = @list))
ORDER BY c.id LIMIT @count
