-- The published version of an automation, when it may move people now; a pause or a new version waits for this transaction.
SELECT a.version FROM automations a JOIN customers c ON c.id = a.customer_id
WHERE a.id = @automation AND a.status = 1 AND NOT c.suspended FOR SHARE OF a
