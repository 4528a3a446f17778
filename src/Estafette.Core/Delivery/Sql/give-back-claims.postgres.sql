-- Gives claimed rows back.
UPDATE delivery_queue SET lane_id = 0, epoch = 0 WHERE epoch <> 0 AND delivery_id = ANY(@ids)
