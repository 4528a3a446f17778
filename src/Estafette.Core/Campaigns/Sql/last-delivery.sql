-- The newest delivery before a batch is frozen.
SELECT max(id) FROM deliveries
