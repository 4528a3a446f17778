-- Writes where the people of a batch stand now. SQL because it is one statement for the batch.
UPDATE automation_enrolments SET step_id = r.step, is_waiting = r.waiting, due_at = r.due, status = r.status, exit_reason = r.reason, ended_at = r.ended
FROM (SELECT value ->> '$.id' AS id, value ->> '$.step' AS step, value ->> '$.waiting' AS waiting, value ->> '$.due' AS due,
  value ->> '$.status' AS status, value ->> '$.reason' AS reason, value ->> '$.ended' AS ended FROM json_each(@rows)) AS r
WHERE automation_enrolments.id = r.id
