-- Records the steps passed in a batch; a step that was moved behind who passed it already keeps the first time. SQL because it is one statement.
INSERT INTO automation_passes (enrolment_id, step_id, automation_id, at, outcome, delivery_id)
SELECT value ->> '$.id', value ->> '$.step', @automation, value ->> '$.at', value ->> '$.outcome', value ->> '$.delivery' FROM json_each(@rows) WHERE true
ON CONFLICT (enrolment_id, step_id) DO NOTHING
