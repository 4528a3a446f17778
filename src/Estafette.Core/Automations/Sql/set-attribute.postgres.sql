-- Sets an attribute of contacts. SQL because it must not write over what changed meanwhile.
UPDATE contacts SET attributes = coalesce(attributes, '{}'::jsonb) || jsonb_build_object(@path::text, @value::text), updated_at = @now
WHERE id = ANY(@ids) AND customer_id = @customer
