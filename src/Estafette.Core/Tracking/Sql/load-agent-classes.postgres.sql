-- The classes of user agents as they are stored: a later version of the rules does not change what was counted.
SELECT id, class_id FROM user_agents WHERE class_id IS NOT NULL AND id IN (SELECT value::bigint FROM json_array_elements_text(@ids::json))
