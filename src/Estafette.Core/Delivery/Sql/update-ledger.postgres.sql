-- Moves ledger rows to their new status; a status reported meanwhile by the far end (5 and up) stays.
UPDATE deliveries d
SET status = r.status, status_at = r.at, reason = r.reason, attempts = r.attempt, content_id = coalesce(r.content, d.content_id),
    server_id = r.server, sent_at = coalesce(r.sent_at, d.sent_at), provider_id = coalesce(r.provider, d.provider_id)
FROM unnest(@ids::bigint[], @statuses::smallint[], @ats::bigint[], @reasons::smallint[], @attempts::int[], @contents::bigint[],
  @servers::bigint[], @sent_ats::bigint[], @providers::text[]) AS r(id, status, at, reason, attempt, content, server, sent_at, provider)
WHERE d.id = r.id AND d.status < 5
