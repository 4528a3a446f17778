-- Puts a queue row back with its next due time, if the lane still owns it.
UPDATE delivery_queue
SET due_at = @next_due, server_id = @pin, tried = @tried, lane_id = 0, epoch = 0, attempt = @attempt, first_attempt_at = @first
WHERE campaign_id = @campaign AND due_at = @due AND delivery_id = @id AND lane_id = @lane AND epoch = @epoch
