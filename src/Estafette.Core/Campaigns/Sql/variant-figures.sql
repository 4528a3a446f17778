-- What each variant reached, from the covering index of test groups; SQL because of the conditional counts. Individual tracking is 2.
SELECT variant, count(*),
  sum(CASE WHEN sent_at IS NOT NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN sent_at IS NOT NULL AND tracking = 2 THEN 1 ELSE 0 END),
  sum(CASE WHEN sent_at IS NOT NULL AND tracking = 2 AND opened_at IS NOT NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN sent_at IS NOT NULL AND tracking = 2 AND clicked_at IS NOT NULL THEN 1 ELSE 0 END)
FROM deliveries WHERE campaign_id = @campaign AND variant > 0
GROUP BY variant ORDER BY variant
