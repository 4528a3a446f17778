-- Whether a campaign has due rows; SQL because it runs at every turn near the end of a run.
SELECT count(*) FROM (SELECT 1 FROM delivery_queue WHERE campaign_id = @campaign AND due_at <= @now LIMIT 1) AS rest
