-- What an undo would remove: contacts, of how many that the import added, and subscriptions. SQL because deliveries belong to a module above.
SELECT
  (SELECT count(*) FROM contacts c WHERE c.customer_id = @customer
  AND c.import_id = @import AND c.last_import_id = @import AND c.updated_at <= @finished
  AND NOT EXISTS (SELECT 1 FROM consent_records r WHERE r.customer_id = @customer AND r.contact_id = c.id AND (r.import_id IS NULL OR r.import_id <> @import))
  AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.contact_id = c.id AND (o.import_id IS NULL OR o.import_id <> @import OR o.changed_at > @finished))
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.contact_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.campaign_id IN (SELECT p.id FROM campaigns p WHERE p.customer_id = @customer AND p.launched_at >= @started) AND d.channel = 1 AND d.address_key = c.contact_key)
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.campaign_id IS NULL AND d.channel = 1 AND d.address_key = c.contact_key AND d.customer_id = @customer)
  AND NOT EXISTS (SELECT 1 FROM automation_enrolments e WHERE e.contact_id = c.id)),
  (SELECT count(*) FROM contacts c WHERE c.customer_id = @customer AND c.import_id = @import),
  (SELECT count(*) FROM subscriptions s WHERE s.list_id = @list AND s.customer_id = @customer AND s.import_id = @import
    AND s.changed_at <= @finished AND s.created_at >= @started)
