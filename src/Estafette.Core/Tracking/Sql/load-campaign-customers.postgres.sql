-- Whose the campaigns of aggregate events are.
SELECT id, customer_id FROM campaigns WHERE id IN (SELECT value::bigint FROM json_array_elements_text(@ids::json))
