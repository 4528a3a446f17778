-- Last of the next batch of given recipients; NULL when there is none. SQL because it walks an index.
SELECT max(id) FROM (SELECT id FROM deliveries
  WHERE campaign_id = @campaign AND status = 0 AND server_id IS NULL AND id > @after ORDER BY id LIMIT @batch) AS batch
