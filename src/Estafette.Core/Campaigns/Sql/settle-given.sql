-- Decides at launch who of the given recipients gets nothing, and how the others are tracked. SQL because it settles thousands at once.
UPDATE deliveries SET
  status = CASE WHEN EXISTS (SELECT 1 FROM suppressions x WHERE x.customer_id = deliveries.customer_id AND x.channel = deliveries.channel
    AND x.address_key = deliveries.address_key) THEN 10 ELSE 0 END,
  reason = coalesce((SELECT CASE x.reason WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 5 THEN 4 ELSE 0 END
    FROM suppressions x WHERE x.customer_id = deliveries.customer_id AND x.channel = deliveries.channel
    AND x.address_key = deliveries.address_key), 0),
  tracking = coalesce((SELECT CASE c.tracking_consent WHEN 1 THEN CAST(@granted AS smallint) WHEN 2 THEN CAST(@refused AS smallint)
    ELSE CAST(@unknown AS smallint) END FROM contacts c WHERE c.id = deliveries.contact_id), CAST(@unknown AS smallint)),
  status_at = @now
WHERE campaign_id = @campaign AND id > @after AND id <= @until AND status = 0 AND server_id IS NULL
