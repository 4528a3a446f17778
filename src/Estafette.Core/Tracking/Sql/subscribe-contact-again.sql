-- Takes back what one opt-out did to the lists: only rows whose last change it was. 1 is Confirmed (the person answered from the
-- message, which proves the address), 2 Unsubscribed, 5 Link.
UPDATE subscriptions SET status = 1, source = 5, consent_id = @proof, changed_at = @at
WHERE contact_id = @contact AND customer_id = @customer AND status = 2 AND source = 5 AND changed_at = @since
