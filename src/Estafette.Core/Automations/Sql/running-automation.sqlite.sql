-- The published version of an automation, when it may move people now. SQL because the dialects lock differently.
SELECT a.version FROM automations a JOIN customers c ON c.id = a.customer_id
WHERE a.id = @automation AND a.status = 1 AND c.suspended = 0
