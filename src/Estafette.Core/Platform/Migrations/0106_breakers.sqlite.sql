-- Campaigns paused by the program because too much came back, and what a person has seen when resuming.
ALTER TABLE campaigns ADD COLUMN hold_reason INTEGER NULL;
ALTER TABLE campaigns ADD COLUMN hold_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN hold_percent REAL NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN held_at INTEGER NULL;
ALTER TABLE campaigns ADD COLUMN seen_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_complaints INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_bounces INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_refusals INTEGER NOT NULL DEFAULT 0;
-- A customer's own shares; null: as the installation says.
ALTER TABLE customers ADD COLUMN breaker_complaint_percent REAL NULL;
ALTER TABLE customers ADD COLUMN breaker_bounce_percent REAL NULL;
ALTER TABLE customers ADD COLUMN breaker_content_percent REAL NULL;
