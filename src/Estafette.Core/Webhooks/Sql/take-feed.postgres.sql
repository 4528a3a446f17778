-- Takes told facts out of the feed; returns those that nobody took before. SQL because of the array.
DELETE FROM webhook_feed WHERE id = ANY(@ids) RETURNING id
