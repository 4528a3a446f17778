-- Puts queue rows back with their next due times, if their lanes still own them, and names them.
UPDATE delivery_queue q
SET due_at = r.next_due, server_id = r.pin, tried = r.tried, lane_id = 0, epoch = 0, attempt = r.attempt, first_attempt_at = r.first
FROM unnest(@ids::bigint[], @lanes::bigint[], @epochs::bigint[], @next_dues::bigint[], @pins::bigint[], @trieds::text[], @attempts::int[], @firsts::bigint[])
  AS r(id, lane, epoch, next_due, pin, tried, attempt, first)
WHERE q.delivery_id = r.id AND q.lane_id = r.lane AND q.epoch = r.epoch
RETURNING q.delivery_id
