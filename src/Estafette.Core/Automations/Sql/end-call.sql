-- Records what came of a webhook call; the person in it is forgotten when it is over. SQL because it runs for every call.
UPDATE webhook_calls SET status = @status, due_at = @due, answer = @answer, ended_at = @ended,
  payload = CASE WHEN CAST(@status AS smallint) = 0 THEN payload END
WHERE id = @id
