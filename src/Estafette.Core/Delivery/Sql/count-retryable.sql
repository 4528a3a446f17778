-- Failed deliveries that may be tried again, by status, hour and domain, to take their figures back.
SELECT status, status_at / 3600000, domain, count(*) FROM deliveries d
WHERE campaign_id = @campaign AND customer_id = @customer AND status IN (6, 8, 9, @doubt)
  AND NOT EXISTS (SELECT 1 FROM delivery_queue q WHERE q.delivery_id = d.id AND q.campaign_id = @campaign)
GROUP BY status, status_at / 3600000, domain
