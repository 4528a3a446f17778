-- Lets a portion of the people of a stopped automation leave. SQL because of the limit inside the change.
UPDATE automation_enrolments SET status = 2, exit_reason = 5, ended_at = @now
WHERE id IN (SELECT id FROM automation_enrolments WHERE automation_id = @automation AND status = 0 LIMIT 5000) AND status = 0
