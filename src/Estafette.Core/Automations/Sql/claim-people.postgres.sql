-- People of an automation whose time has come, longest waiting first, with their contacts. SQL because of SKIP LOCKED: two nodes never
-- take the same person.
SELECT e.id, e.contact_id, e.round, e.step_id, e.is_waiting, e.due_at, e.entered_at, c.id, c.email, c.first_name, c.last_name, c.phone,
  c.language, c.attributes
FROM automation_enrolments e
LEFT JOIN contacts c ON c.id = e.contact_id AND c.customer_id = e.customer_id
WHERE e.automation_id = @automation AND e.status = 0 AND e.due_at <= @now
ORDER BY e.due_at, e.id LIMIT @count
FOR UPDATE OF e SKIP LOCKED
