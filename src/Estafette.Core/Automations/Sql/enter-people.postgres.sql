-- Lets contacts enter: nobody who is inside, who entered for this event already, or too short a time ago (a negative time: ever before).
-- A round of 0 stands for the next number of the person. SQL because one statement decides and writes for the batch.
INSERT INTO automation_enrolments (automation_id, customer_id, contact_id, round, entry_key, status, exit_reason, step_id, is_waiting, due_at, entered_at)
SELECT @automation, @customer, c.id,
  CASE WHEN @round > 0 THEN CAST(@round AS integer)
    ELSE CAST((SELECT count(*) FROM automation_enrolments b WHERE b.automation_id = @automation AND b.contact_id = c.id) AS integer) END,
  r.key, 0, 0, @step, FALSE, @now, @now
FROM json_to_recordset(CAST(@rows AS json)) AS r(contact bigint, key bigint)
JOIN contacts c ON c.id = r.contact AND c.customer_id = @customer
WHERE NOT EXISTS (SELECT 1 FROM automation_enrolments e WHERE e.automation_id = @automation AND e.contact_id = c.id
  AND (e.status = 0 OR e.entry_key >= r.key OR @reentry < 0 OR e.entered_at > CAST(@now AS bigint) - @reentry))
ORDER BY c.id
ON CONFLICT (automation_id, contact_id, round) DO NOTHING
