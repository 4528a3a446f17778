-- Whether a message of the test group has not been tried yet; SQL because it reads the queue in its clustered order.
SELECT count(*) FROM (SELECT 1 FROM delivery_queue WHERE campaign_id = @campaign AND due_at < @waiting AND attempt = 0 LIMIT 1) AS untried
