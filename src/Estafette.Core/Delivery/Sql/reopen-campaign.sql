-- Runs a finished campaign again for the rows just queued; SQL because rows and status must change in one step.
UPDATE campaigns SET status = CASE status WHEN 4 THEN 2 ELSE status END, finished_at = NULL, updated_at = @now, control_version = control_version + 1
WHERE id = @campaign AND customer_id = @customer AND status IN (2, 3, 4)
