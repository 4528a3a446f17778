-- Removes the queue rows of settled deliveries that their lanes still own and names them. SQL because of the arrays: one statement for a group.
DELETE FROM delivery_queue q
USING unnest(@ids::bigint[], @lanes::bigint[], @epochs::bigint[]) AS r(id, lane, epoch)
WHERE q.delivery_id = r.id AND q.lane_id = r.lane AND q.epoch = r.epoch
RETURNING q.delivery_id
