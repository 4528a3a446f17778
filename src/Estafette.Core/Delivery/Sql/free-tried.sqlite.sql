-- Lets rows that every usable server refused try them again later. SQL because the set of servers tried is text.
UPDATE delivery_queue SET tried = NULL, due_at = @due
WHERE campaign_id = @campaign AND epoch = 0 AND tried IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM json_each(@ids) u WHERE instr(delivery_queue.tried, ',' || u.value || ',') = 0)
