-- Stores a batch of imported contacts and their subscriptions and counts what became of the rows. SQL because it is one statement for
-- thousands of rows, given as one array per column.
WITH rows AS MATERIALIZED (
  SELECT * FROM unnest(@keys::text[], @emails::text[], @phones::text[], @first_names::text[], @last_names::text[], @languages::text[],
    @attributes::text[], @consents::smallint[], @first_folded::text[], @last_folded::text[])
    AS r(contact_key, email, phone, first_name, last_name, language, attributes, consent, first_folded, last_folded)
), known AS MATERIALIZED (
  SELECT c.id, c.contact_key, coalesce(c.last_import_id = @import::bigint, false) AS again,
    @policy::int <> 0 AND (c.email, c.phone, c.first_name, c.last_name, c.language) IS NOT DISTINCT FROM
      (coalesce(r.email, c.email), CASE @policy WHEN 2 THEN r.phone ELSE coalesce(r.phone, c.phone) END,
      CASE @policy WHEN 2 THEN r.first_name ELSE coalesce(r.first_name, c.first_name) END,
      CASE @policy WHEN 2 THEN r.last_name ELSE coalesce(r.last_name, c.last_name) END,
      CASE @policy WHEN 2 THEN r.language ELSE coalesce(r.language, c.language) END)
    AND c.attributes IS NOT DISTINCT FROM CASE @policy WHEN 2 THEN r.attributes::jsonb
      ELSE coalesce(c.attributes || r.attributes::jsonb, c.attributes, r.attributes::jsonb) END
    AND (c.tracking_consent = 2 OR r.consent IN (0, c.tracking_consent)) AS same
  FROM rows r JOIN contacts c ON c.customer_id = @customer::bigint AND c.contact_key = r.contact_key COLLATE "C"
), stored AS (
  INSERT INTO contacts AS c (customer_id, contact_key, email, phone, first_name, last_name, language, attributes, tracking_consent,
    tracking_consent_at, tracking_import_id, import_id, last_import_id, created_at, updated_at, first_name_folded, last_name_folded)
  SELECT @customer, r.contact_key, r.email, r.phone, r.first_name, r.last_name, r.language, r.attributes::jsonb, r.consent,
    CASE WHEN r.consent <> 0 THEN @now::bigint END, CASE WHEN r.consent <> 0 THEN @import END, @import, @import, @now, @now, r.first_folded,
    r.last_folded
  FROM rows r
  WHERE @policy::int <> 0 OR NOT EXISTS (SELECT FROM known k WHERE k.contact_key = r.contact_key)
  ON CONFLICT (customer_id, contact_key) DO UPDATE SET
    email = CASE WHEN @policy = 0 THEN c.email ELSE coalesce(excluded.email, c.email) END,
    phone = CASE @policy WHEN 0 THEN c.phone WHEN 2 THEN excluded.phone ELSE coalesce(excluded.phone, c.phone) END,
    first_name = CASE @policy WHEN 0 THEN c.first_name WHEN 2 THEN excluded.first_name ELSE coalesce(excluded.first_name, c.first_name) END,
    last_name = CASE @policy WHEN 0 THEN c.last_name WHEN 2 THEN excluded.last_name ELSE coalesce(excluded.last_name, c.last_name) END,
    first_name_folded = CASE WHEN @policy = 0 OR (@policy = 1 AND excluded.first_name IS NULL) THEN c.first_name_folded
      ELSE excluded.first_name_folded END,
    last_name_folded = CASE WHEN @policy = 0 OR (@policy = 1 AND excluded.last_name IS NULL) THEN c.last_name_folded
      ELSE excluded.last_name_folded END,
    language = CASE @policy WHEN 0 THEN c.language WHEN 2 THEN excluded.language ELSE coalesce(excluded.language, c.language) END,
    attributes = CASE WHEN @policy = 0 THEN c.attributes WHEN @policy = 2 THEN excluded.attributes
      ELSE coalesce(c.attributes || excluded.attributes, c.attributes, excluded.attributes) END,
    tracking_consent_at = CASE WHEN @policy <> 0 AND c.tracking_consent <> 2 AND excluded.tracking_consent NOT IN (0, c.tracking_consent)
      THEN @now ELSE c.tracking_consent_at END,
    tracking_import_id = CASE WHEN @policy <> 0 AND c.tracking_consent <> 2 AND excluded.tracking_consent NOT IN (0, c.tracking_consent)
      THEN @import ELSE c.tracking_import_id END,
    tracking_consent = CASE WHEN @policy = 0 OR c.tracking_consent = 2 OR excluded.tracking_consent = 0 THEN c.tracking_consent
      ELSE excluded.tracking_consent END,
    last_import_id = CASE WHEN @policy = 0 THEN c.last_import_id ELSE @import END,
    updated_at = CASE WHEN @policy = 0 THEN c.updated_at ELSE @now END
  RETURNING c.id, c.contact_key
), reached AS MATERIALIZED (
  SELECT id, contact_key FROM stored
  UNION ALL
  SELECT id, contact_key FROM known WHERE @policy = 0
), judged AS MATERIALIZED (
  SELECT r.id, s.reason
  FROM reached r
  LEFT JOIN suppressions s ON @any_suppressed::boolean AND s.customer_id = @customer
    AND s.channel = CASE WHEN r.contact_key LIKE 'tel:%' THEN 2 ELSE 1 END
    AND s.address_key = CASE WHEN r.contact_key LIKE 'tel:%' THEN substr(r.contact_key, 5) ELSE r.contact_key END
), subscribed AS (
  INSERT INTO subscriptions AS s (list_id, contact_id, customer_id, status, source, import_id, created_at, changed_at)
  SELECT @list::bigint, j.id, @customer,
    CASE WHEN j.reason IS NULL THEN @status::smallint WHEN j.reason IN (1, 4, 5) THEN 2::smallint ELSE 0::smallint END, 1, @import, @now, @now
  FROM judged j
  WHERE @list IS NOT NULL
  ON CONFLICT (list_id, contact_id) DO UPDATE
  SET status = excluded.status, source = excluded.source, import_id = excluded.import_id, changed_at = excluded.changed_at
  WHERE s.status = 0 AND excluded.status = 1
)
SELECT (SELECT count(*) FROM known WHERE NOT again), (SELECT count(*) FROM known WHERE again),
  (SELECT count(*) FROM judged WHERE reason IS NOT NULL), (SELECT count(*) FROM known WHERE same AND NOT again)
