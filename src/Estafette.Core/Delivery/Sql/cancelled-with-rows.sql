-- A cancelled campaign that still has unclaimed rows in the queue.
SELECT c.id FROM campaigns c
WHERE c.status = 5 AND EXISTS (SELECT 1 FROM delivery_queue q WHERE q.campaign_id = c.id AND q.epoch = 0)
LIMIT 1
