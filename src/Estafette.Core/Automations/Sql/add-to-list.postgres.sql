-- Confirms contacts in a list of the customer with a proof each; who unsubscribed stays out. Order: proofs, subscriptions. 20 is Automation.
INSERT INTO consent_records (customer_id, contact_id, list_id, purpose, granted, wording, source, at, operator)
SELECT @customer, c.id, l.id, 1, cast(1 AS boolean), NULL, 'automation', @now, @operator FROM contacts c
JOIN lists l ON l.id = @list AND l.customer_id = @customer
WHERE c.id = ANY(@ids) AND c.customer_id = @customer
  AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.list_id = @list AND s.contact_id = c.id AND s.status <> 0);

INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
SELECT l.id, c.id, @customer, 1, 20, @now, @now FROM contacts c
JOIN lists l ON l.id = @list AND l.customer_id = @customer
WHERE c.id = ANY(@ids) AND c.customer_id = @customer
ON CONFLICT (list_id, contact_id) DO UPDATE SET status = 1, source = 20, changed_at = excluded.changed_at
WHERE subscriptions.status = 0
