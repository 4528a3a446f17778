-- Deliveries to an address in the last 200 campaigns. SQL because it walks the unique index once per campaign; the ledger has no index by address alone.
SELECT d.id, d.address, d.status, c.name, d.status_at
FROM (SELECT id, name FROM campaigns WHERE customer_id = @customer ORDER BY id DESC LIMIT 200) c
JOIN deliveries d ON d.campaign_id = c.id AND d.channel = 1 AND d.address_key >= @from AND d.address_key < @to
ORDER BY d.id DESC LIMIT @take
