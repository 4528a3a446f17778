-- Removes a portion of the subscriptions that an import brought and nobody changed since. SQL because of the limit inside the deletion.
DELETE FROM subscriptions WHERE list_id = @list AND customer_id = @customer AND contact_id IN (
  SELECT s.contact_id FROM subscriptions s
  WHERE s.list_id = @list AND s.customer_id = @customer AND s.import_id = @import AND s.changed_at <= @finished AND s.created_at >= @started
  LIMIT @portion)
