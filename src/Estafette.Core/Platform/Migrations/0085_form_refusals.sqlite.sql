-- Sign-ups that were turned away because their confirmation could not be sent: how many, when the last one and why.
ALTER TABLE forms ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forms ADD COLUMN refused_at INTEGER NULL;
ALTER TABLE forms ADD COLUMN refused_why INTEGER NULL;
