-- Running automations with people whose time has come. SQL because it runs every second and must read nothing but the ends of the index.
SELECT a.id FROM automations a
WHERE a.status = 1 AND EXISTS (SELECT 1 FROM automation_enrolments e WHERE e.automation_id = a.id AND e.status = 0 AND e.due_at <= @now)
ORDER BY a.id
