-- Takes the right to put rollups of a campaign right, given by whoever read them at this version; no row when somebody else has repaired since.
INSERT INTO rollup_repairs (campaign_id, version) VALUES (@campaign, @version + 1)
ON CONFLICT (campaign_id) DO UPDATE SET version = rollup_repairs.version + 1 WHERE rollup_repairs.version = @version
