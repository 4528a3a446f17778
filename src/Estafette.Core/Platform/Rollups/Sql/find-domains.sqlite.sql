-- Which of these domains a campaign is reported by; SQL because of json_each.
SELECT domain, no FROM campaign_domains WHERE campaign_id = @campaign AND domain IN (SELECT value FROM json_each(@domains))
