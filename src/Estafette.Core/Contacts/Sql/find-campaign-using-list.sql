-- Name of a campaign that is scheduled, running or paused and uses the list, or of an automation or a feed that does. SQL because they belong to
-- modules above this one.
SELECT c.name FROM campaign_lists l JOIN campaigns c ON c.id = l.campaign_id
WHERE l.list_id = @list AND l.customer_id = @customer AND c.status IN (1, 2, 3)
UNION ALL SELECT a.name FROM automations a WHERE a.trigger_list_id = @list AND a.customer_id = @customer AND a.status IN (1, 2)
UNION ALL SELECT f.name FROM feeds f JOIN campaign_lists l ON l.campaign_id = f.campaign_id
WHERE l.list_id = @list AND l.customer_id = @customer AND f.status = 1
LIMIT 1
