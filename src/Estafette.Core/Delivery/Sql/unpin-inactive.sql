-- Frees rows that wait for a server which is not used any more, so that another one takes them.
UPDATE delivery_queue SET server_id = NULL
WHERE epoch = 0 AND server_id IS NOT NULL AND server_id IN (SELECT id FROM sending_servers WHERE NOT active OR needs_check)
