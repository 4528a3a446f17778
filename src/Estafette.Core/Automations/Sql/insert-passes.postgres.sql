-- Records the steps passed in a batch; a step that was moved behind who passed it already keeps the first time. SQL because it is one statement.
INSERT INTO automation_passes (enrolment_id, step_id, automation_id, at, outcome, delivery_id)
SELECT r.id, r.step, @automation, r.at, r.outcome, r.delivery
FROM json_to_recordset(CAST(@rows AS json)) AS r(id bigint, step integer, at bigint, outcome smallint, delivery bigint)
ON CONFLICT (enrolment_id, step_id) DO NOTHING
