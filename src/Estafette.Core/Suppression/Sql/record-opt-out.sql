-- Proof that the owner of an address withdrew consent to everything. SQL because the contact is found by its key in the same statement.
INSERT INTO consent_records (customer_id, contact_id, purpose, granted, wording, source, at)
SELECT @customer, id, 1, cast(0 AS boolean), @evidence, @source, @at FROM contacts WHERE customer_id = @customer AND contact_key = @contact_key
