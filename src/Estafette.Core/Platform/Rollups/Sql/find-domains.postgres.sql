-- Which of these domains a campaign is reported by.
SELECT domain, no FROM campaign_domains WHERE campaign_id = @campaign AND domain IN (SELECT value FROM json_array_elements_text(@domains::json))
