-- Adds to one counter of a campaign; SQL because it is an upsert on the hot path.
INSERT INTO rollups (campaign_id, metric, hour, dimension, customer_id, count)
VALUES (@campaign, @metric, @hour, @dimension, @customer, @count)
ON CONFLICT (campaign_id, metric, hour, dimension) DO UPDATE SET count = rollups.count + excluded.count
