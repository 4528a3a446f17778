-- Spreadsheets, pause, dry runs, mappings remembered by the names of the columns, what an undo removed, and consent records that came
-- from an import.
ALTER TABLE imports ADD COLUMN source_path text NULL;
ALTER TABLE imports ADD COLUMN sheet text NULL;
ALTER TABLE imports ADD COLUMN pause_requested boolean NOT NULL DEFAULT false;
ALTER TABLE imports ADD COLUMN check_status smallint NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN check_result text NULL;
ALTER TABLE imports ADD COLUMN header_hash text NULL;
ALTER TABLE imports ADD COLUMN undone_contacts bigint NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undone_subscriptions bigint NOT NULL DEFAULT 0;
CREATE INDEX ix_imports_header ON imports(customer_id, header_hash, id) WHERE header_hash IS NOT NULL;
ALTER TABLE consent_records ADD COLUMN import_id bigint NULL;
