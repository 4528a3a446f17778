-- Whether the domains a campaign is reported by are chosen.
SELECT 1 FROM campaign_domains WHERE campaign_id = @campaign LIMIT 1
