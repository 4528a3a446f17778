-- What counting needs to know of the deliveries of a batch, locked in the order of their ids so that two nodes count one after the other.
SELECT d.id, d.customer_id, d.campaign_id, d.contact_id, d.tracking, d.sent_at, d.opened_at, d.clicked_at, c.tracking_consent, c.last_open_day, d.domain
FROM deliveries d LEFT JOIN contacts c ON c.id = d.contact_id
WHERE d.id IN (SELECT value::bigint FROM json_array_elements_text(@ids::json))
ORDER BY d.id
FOR UPDATE OF d
