-- Last contact of the next batch of all the customer's contacts; NULL when there is none. SQL because it walks the primary key.
SELECT max(id) FROM (SELECT id FROM contacts WHERE id > @after AND +customer_id = @customer ORDER BY id LIMIT @batch) AS batch
