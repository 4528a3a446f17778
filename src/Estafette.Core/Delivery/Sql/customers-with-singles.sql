-- Customers with due messages outside campaigns that may send; SQL because it runs at every turn of the feeder.
SELECT DISTINCT q.customer_id FROM delivery_queue q JOIN customers c ON c.id = q.customer_id
WHERE q.campaign_id = 0 AND q.due_at <= @now AND q.epoch = 0 AND NOT c.suspended
