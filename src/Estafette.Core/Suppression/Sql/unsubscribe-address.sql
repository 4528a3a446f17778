-- Unsubscribes an address from every list of the customer. SQL because it belongs to the transaction of the suppression.
UPDATE subscriptions SET status = 2, source = @source, changed_at = @at
WHERE customer_id = @customer AND status <> 2
  AND contact_id IN (SELECT id FROM contacts WHERE customer_id = @customer AND contact_key = @contact_key)
