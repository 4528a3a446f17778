-- Notes a webhook call; it is made by a loop of its own. A step calls once in a passage.
INSERT INTO webhook_calls (customer_id, automation_id, enrolment_id, step_id, url, payload, due_at, created_at)
VALUES (@customer, @automation, @enrolment, @step, @url, @payload, @now, @now)
ON CONFLICT (enrolment_id, step_id) DO NOTHING
