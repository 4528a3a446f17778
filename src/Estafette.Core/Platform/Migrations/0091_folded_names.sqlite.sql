-- Names are searched without regard to case and accents. What lower() makes of a name of ASCII letters is its folded form already; the others have
-- it beside them, written by whoever writes the name (FoldedText). fold_text is a function of our connections: it fills the columns here and stands
-- in no index, so that any tool can still write this table.
DROP INDEX ix_contacts_last_name;
DROP INDEX ix_contacts_first_name;
ALTER TABLE contacts ADD COLUMN first_name_folded TEXT NULL;
ALTER TABLE contacts ADD COLUMN last_name_folded TEXT NULL;
UPDATE contacts SET
  first_name_folded = CASE WHEN length(CAST(first_name AS BLOB)) <> length(first_name) THEN fold_text(first_name) END,
  last_name_folded = CASE WHEN length(CAST(last_name AS BLOB)) <> length(last_name) THEN fold_text(last_name) END
WHERE length(CAST(first_name AS BLOB)) <> length(first_name) OR length(CAST(last_name AS BLOB)) <> length(last_name);
CREATE INDEX ix_contacts_last_name ON contacts(customer_id, coalesce(last_name_folded, lower(last_name))) WHERE last_name IS NOT NULL;
CREATE INDEX ix_contacts_first_name ON contacts(customer_id, coalesce(first_name_folded, lower(first_name))) WHERE first_name IS NOT NULL;
