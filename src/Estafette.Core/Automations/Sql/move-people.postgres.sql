-- Writes where the people of a batch stand now. SQL because it is one statement for the batch.
UPDATE automation_enrolments e SET step_id = r.step, is_waiting = r.waiting, due_at = r.due, status = r.status, exit_reason = r.reason, ended_at = r.ended
FROM json_to_recordset(CAST(@rows AS json))
  AS r(id bigint, step integer, waiting boolean, due bigint, status smallint, reason smallint, ended bigint)
WHERE e.id = r.id
