-- Whether a webhook answers: since when it does not, and from when we do not call it any more. SQL because it belongs to the result of a call.
UPDATE webhooks SET failing_since = @failing, active = CASE WHEN CAST(@disabled AS bigint) IS NULL THEN active ELSE @off END,
  disabled_at = coalesce(CAST(@disabled AS bigint), disabled_at)
WHERE id = @id
