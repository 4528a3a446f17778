-- Holds what is in doubt and whose server is not used any more: a person decides.
DELETE FROM delivery_queue q
WHERE campaign_id = @campaign AND epoch = 0 AND server_id IS NOT NULL AND server_id <> ALL (@ids::bigint[])
  AND EXISTS (SELECT 1 FROM deliveries d WHERE d.id = q.delivery_id AND d.status = 4)
