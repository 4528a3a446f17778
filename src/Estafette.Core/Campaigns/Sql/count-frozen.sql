-- Counts the deliveries just frozen by status.
SELECT status, count(*) FROM deliveries WHERE campaign_id = @campaign AND id > @last AND id <= @until GROUP BY status
