-- Appends attempts; repeating it after a crash changes nothing.
INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, enhanced, text, cause)
SELECT * FROM unnest(@ids::bigint[], @attempts::int[], @customers::bigint[], @campaigns::bigint[], @servers::bigint[], @contents::bigint[],
  @starteds::bigint[], @durations::int[], @outcomes::smallint[], @phases::smallint[], @codes::int[], @enhanceds::text[], @texts::text[], @causes::smallint[])
ON CONFLICT (delivery_id, attempt) DO NOTHING
