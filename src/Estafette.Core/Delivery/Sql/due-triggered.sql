-- Running steps of automations with due rows. SQL because it runs at every turn of the feeder and must not touch the others.
SELECT c.id FROM campaigns c
WHERE c.automation_id IS NOT NULL AND c.status = 2
  AND EXISTS (SELECT 1 FROM delivery_queue q WHERE q.campaign_id = c.id AND q.epoch = 0 AND q.due_at <= @now)
