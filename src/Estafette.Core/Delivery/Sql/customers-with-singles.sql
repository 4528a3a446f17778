-- Customers with due messages outside campaigns; SQL because it runs at every turn of the feeder.
SELECT DISTINCT customer_id FROM delivery_queue WHERE campaign_id = 0 AND due_at <= @now AND epoch = 0
