-- Import bookkeeping: which import touched a contact last (rows of the same file that name it again are duplicates), which import brought
-- its tracking consent, whose data directory holds the file, and the line where a restart continues.
ALTER TABLE contacts ADD COLUMN last_import_id INTEGER NULL;
ALTER TABLE contacts ADD COLUMN tracking_import_id INTEGER NULL;
ALTER TABLE imports ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN lines_done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN rows_noted INTEGER NOT NULL DEFAULT 0;
