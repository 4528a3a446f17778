-- Removes some members that were seen for an earlier trigger. SQL because a deletion has no limit of its own.
DELETE FROM automation_members WHERE automation_id = @automation AND since < @since AND contact_id IN
  (SELECT o.contact_id FROM automation_members o WHERE o.automation_id = @automation AND o.since < @since ORDER BY o.since, o.contact_id LIMIT @count)
