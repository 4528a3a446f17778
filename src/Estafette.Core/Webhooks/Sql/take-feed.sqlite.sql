-- Takes told facts out of the feed; returns those that nobody took before. SQL because of json_each.
DELETE FROM webhook_feed WHERE id IN (SELECT value FROM json_each(@ids)) RETURNING id
