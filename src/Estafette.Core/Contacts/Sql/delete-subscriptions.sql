-- Deletes a portion of the subscriptions of a list. SQL because of the limit inside the deletion.
DELETE FROM subscriptions WHERE list_id = @list AND customer_id = @customer AND contact_id IN (
  SELECT contact_id FROM subscriptions WHERE list_id = @list ORDER BY contact_id LIMIT @portion)
