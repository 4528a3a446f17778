-- The delivery that a Message-ID names. SQL because it stands beside the search by recipient.
SELECT d.id, d.address, d.status, c.name, d.status_at
FROM deliveries d LEFT JOIN campaigns c ON c.id = d.campaign_id
WHERE d.id = @id AND d.customer_id = @customer
