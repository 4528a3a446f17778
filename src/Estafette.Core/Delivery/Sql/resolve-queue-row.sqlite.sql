-- Removes a queue row whose delivery is settled, if the lane still owns it. SQL because the affected rows tell whether the lane was fenced.
DELETE FROM delivery_queue
WHERE campaign_id = @campaign AND due_at = @due AND delivery_id = @id AND lane_id = @lane AND epoch = @epoch
