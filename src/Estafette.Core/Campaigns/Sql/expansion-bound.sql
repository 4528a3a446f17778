-- Last contact of the next batch; NULL when there is none. SQL because it walks the clustered subscriptions of several lists.
SELECT max(contact_id) FROM (
  SELECT DISTINCT s.contact_id FROM subscriptions s
  JOIN campaign_lists l ON l.list_id = s.list_id
  WHERE l.campaign_id = @campaign AND NOT l.excluded AND s.contact_id > @after AND s.status = 1
  ORDER BY s.contact_id LIMIT @batch) AS batch
