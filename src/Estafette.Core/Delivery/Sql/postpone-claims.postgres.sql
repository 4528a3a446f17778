-- Gives claimed rows back until their recipients may be written to.
UPDATE delivery_queue SET due_at = @due, lane_id = 0, epoch = 0
WHERE campaign_id = @campaign AND epoch = @epoch AND lane_id = @lane AND due_at <= @now AND delivery_id = ANY(@ids)
