-- Spreadsheets, pause, dry runs, mappings remembered by the names of the columns, what an undo removed, and consent records that came
-- from an import.
ALTER TABLE imports ADD COLUMN source_path TEXT NULL;
ALTER TABLE imports ADD COLUMN sheet TEXT NULL;
ALTER TABLE imports ADD COLUMN pause_requested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN check_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN check_result TEXT NULL;
ALTER TABLE imports ADD COLUMN header_hash TEXT NULL;
ALTER TABLE imports ADD COLUMN undone_contacts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undone_subscriptions INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_imports_header ON imports(customer_id, header_hash, id) WHERE header_hash IS NOT NULL;
ALTER TABLE consent_records ADD COLUMN import_id INTEGER NULL;
