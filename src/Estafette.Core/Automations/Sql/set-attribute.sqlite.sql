-- Sets an attribute of contacts. SQL because it must not write over what changed meanwhile.
UPDATE contacts SET attributes = json_set(coalesce(attributes, '{}'), @path, @value), updated_at = @now
WHERE id IN (SELECT value FROM json_each(@ids)) AND customer_id = @customer
