-- Unsubscribes a contact from every list of its customer; 2 is Unsubscribed, 5 is Link. The proof tells which rows an undo may touch.
UPDATE subscriptions SET status = 2, source = 5, consent_id = @proof, changed_at = @at
WHERE contact_id = @contact AND customer_id = @customer AND status <> 2
