-- Records what came of a call; SQL because it runs for every call.
UPDATE webhook_deliveries SET status = @status, due_at = @due, code = @code, answer = @answer, ended_at = @ended WHERE id = @id
