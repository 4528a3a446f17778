-- Takes somebody out of an automation, unless he has left already. SQL because the count of changed rows goes into a counter.
UPDATE automation_enrolments SET status = 2, exit_reason = 3, ended_at = @now WHERE id = @id AND automation_id = @automation AND status = 0
