-- The stored rollups of a campaign, to compare with the recount.
SELECT metric, hour, dimension, count FROM rollups WHERE campaign_id = @campaign
