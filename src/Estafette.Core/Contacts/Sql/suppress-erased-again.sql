-- Suppresses an address that was erased and came back, with the reason kept beside its hash. SQL because of the conditional insert.
INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, evidence, created_at)
SELECT customer_id, channel, @address_key, reason, origin, evidence, @now FROM suppressions
WHERE customer_id = @customer AND channel = @channel AND address_key = @hash
ON CONFLICT (customer_id, channel, address_key) DO NOTHING
