-- Forgets contacts that left the segment of an automation: when they come back, they are new. SQL because of the set of keys.
DELETE FROM automation_members
WHERE automation_id = @automation AND since = @since AND contact_id = ANY(@ids)
