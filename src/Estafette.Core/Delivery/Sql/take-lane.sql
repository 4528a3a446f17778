-- Takes the lane of a server and raises its fencing number; SQL because reading and raising must be one step.
INSERT INTO lanes (customer_id, server_id, source_ip, site, epoch, owner_node, owned_at)
VALUES (@customer, @server, '', '*', 1, @node, @now)
ON CONFLICT (server_id, source_ip, site) DO UPDATE
SET epoch = lanes.epoch + 1, owner_node = excluded.owner_node, owned_at = excluded.owned_at
RETURNING id, epoch
