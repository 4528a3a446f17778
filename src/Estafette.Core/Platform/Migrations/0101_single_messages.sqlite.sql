-- Messages of programs (kinds 3 to 5), one customer's after the other's.
CREATE INDEX ix_single_messages_programs ON single_messages(customer_id, delivery_id) WHERE kind IN (3, 4, 5);
