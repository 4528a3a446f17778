-- Stopped automations that still hold people. SQL because it reads one row of an index for each.
SELECT a.id FROM automations a
WHERE a.status = 3 AND EXISTS (SELECT 1 FROM automation_enrolments e WHERE e.automation_id = a.id AND e.status = 0)
