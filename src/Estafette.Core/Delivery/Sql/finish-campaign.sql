-- Finishes a running campaign whose audience is frozen and whose queue is empty; SQL because check and change must be one step.
UPDATE campaigns SET status = 4, finished_at = @now, updated_at = @now, control_version = control_version + 1
WHERE id = @campaign AND status = 2 AND kind = 0 AND expanded_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM delivery_queue WHERE campaign_id = @campaign)
