-- Notes that contacts were seen in the segment of an automation. SQL because of the set of keys.
INSERT INTO automation_members (automation_id, since, contact_id)
SELECT @automation, @since, r.id FROM unnest(@ids::bigint[]) AS r(id) WHERE 1 = 1
ON CONFLICT (automation_id, since, contact_id) DO NOTHING
