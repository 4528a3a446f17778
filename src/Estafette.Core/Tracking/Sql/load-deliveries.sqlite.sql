-- What counting needs to know of the deliveries of a batch; SQL because Tracking lies below Delivery and because of json_each.
SELECT d.id, d.customer_id, d.campaign_id, d.contact_id, d.tracking, d.sent_at, d.opened_at, d.clicked_at, c.tracking_consent, c.last_open_day, d.domain
FROM deliveries d LEFT JOIN contacts c ON c.id = d.contact_id
WHERE d.id IN (SELECT value FROM json_each(@ids))
ORDER BY d.id
