-- Suppresses an address; the first reason stays, except that a complaint always wins. SQL because of the conditional upsert.
INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, evidence, delivery_id, campaign_id, created_at)
VALUES (@customer, @channel, @address_key, @reason, @origin, @evidence, @delivery, @campaign, @at)
ON CONFLICT (customer_id, channel, address_key) DO UPDATE
SET reason = excluded.reason, origin = excluded.origin, evidence = excluded.evidence, delivery_id = excluded.delivery_id,
    campaign_id = excluded.campaign_id, created_at = excluded.created_at
WHERE excluded.reason = 4 AND suppressions.reason <> 4
