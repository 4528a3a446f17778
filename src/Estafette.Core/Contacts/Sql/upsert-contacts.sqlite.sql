-- Stores one imported contact, its suppression looked up and its subscription added. SQL because it runs a million times in a row:
-- statements are prepared once and bound by number. Order: insert, find, update, overwrite, suppression, subscribe.
INSERT INTO contacts (customer_id, contact_key, email, phone, first_name, last_name, language, attributes, tracking_consent,
  tracking_consent_at, tracking_import_id, import_id, last_import_id, created_at, updated_at, first_name_folded, last_name_folded)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CASE WHEN ?9 <> 0 THEN ?11 END, CASE WHEN ?9 <> 0 THEN ?10 END, ?10, ?10, ?11, ?11, ?12, ?13)
ON CONFLICT (customer_id, contact_key) DO NOTHING;

SELECT id, last_import_id, attributes, email, phone, first_name, last_name, language, tracking_consent FROM contacts WHERE customer_id = ?1 AND contact_key = ?2;

UPDATE contacts SET
  email = coalesce(?3, email), phone = coalesce(?4, phone), first_name = coalesce(?5, first_name), last_name = coalesce(?6, last_name),
  first_name_folded = CASE WHEN ?5 IS NULL THEN first_name_folded ELSE ?12 END,
  last_name_folded = CASE WHEN ?6 IS NULL THEN last_name_folded ELSE ?13 END,
  language = coalesce(?7, language), attributes = coalesce(?8, attributes),
  tracking_consent_at = CASE WHEN tracking_consent <> 2 AND ?9 <> 0 AND ?9 <> tracking_consent THEN ?11 ELSE tracking_consent_at END,
  tracking_import_id = CASE WHEN tracking_consent <> 2 AND ?9 <> 0 AND ?9 <> tracking_consent THEN ?10 ELSE tracking_import_id END,
  tracking_consent = CASE WHEN tracking_consent = 2 OR ?9 = 0 THEN tracking_consent ELSE ?9 END,
  last_import_id = ?10, updated_at = ?11
WHERE customer_id = ?1 AND id = ?2;

UPDATE contacts SET
  email = coalesce(?3, email), phone = ?4, first_name = ?5, last_name = ?6, language = ?7, attributes = ?8,
  first_name_folded = ?12, last_name_folded = ?13,
  tracking_consent_at = CASE WHEN tracking_consent <> 2 AND ?9 <> 0 AND ?9 <> tracking_consent THEN ?11 ELSE tracking_consent_at END,
  tracking_import_id = CASE WHEN tracking_consent <> 2 AND ?9 <> 0 AND ?9 <> tracking_consent THEN ?10 ELSE tracking_import_id END,
  tracking_consent = CASE WHEN tracking_consent = 2 OR ?9 = 0 THEN tracking_consent ELSE ?9 END,
  last_import_id = ?10, updated_at = ?11
WHERE customer_id = ?1 AND id = ?2;

SELECT reason FROM suppressions WHERE customer_id = ?1 AND channel = ?2 AND address_key = ?3;

INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, import_id, created_at, changed_at)
VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?6)
ON CONFLICT (list_id, contact_id) DO UPDATE
SET status = excluded.status, source = excluded.source, import_id = excluded.import_id, changed_at = excluded.changed_at
WHERE subscriptions.status = 0 AND excluded.status = 1
