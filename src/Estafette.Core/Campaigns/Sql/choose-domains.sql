-- The domains a campaign is reported by: the 500 biggest of the first deliveries frozen. SQL because it is one INSERT … SELECT.
INSERT INTO campaign_domains (campaign_id, domain, no, customer_id)
SELECT @campaign, domain, row_number() OVER (ORDER BY recipients DESC, domain), @customer
FROM (SELECT domain, count(*) AS recipients FROM deliveries WHERE campaign_id = @campaign AND domain <> '' GROUP BY domain
  ORDER BY count(*) DESC, domain LIMIT 500) AS biggest
