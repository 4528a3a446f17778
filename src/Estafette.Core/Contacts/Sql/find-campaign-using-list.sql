-- Name of a campaign that is scheduled, running or paused and uses the list. SQL because campaigns belong to a module above this one.
SELECT c.name FROM campaign_lists l JOIN campaigns c ON c.id = l.campaign_id
WHERE l.list_id = @list AND l.customer_id = @customer AND c.status IN (1, 2, 3) LIMIT 1
