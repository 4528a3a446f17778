-- Frees rows that wait for a server which is not used any more. What is in doubt must not go through another one and keeps its row until the next statement.
UPDATE delivery_queue q SET server_id = NULL
WHERE campaign_id = @campaign AND epoch = 0 AND server_id IS NOT NULL AND server_id <> ALL (@ids::bigint[])
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = q.delivery_id AND d.status = 4)
