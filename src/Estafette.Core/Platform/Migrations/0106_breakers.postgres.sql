-- Campaigns paused by the program because too much came back, and what a person has seen when resuming.
ALTER TABLE campaigns ADD COLUMN hold_reason smallint NULL;
ALTER TABLE campaigns ADD COLUMN hold_count bigint NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN hold_percent double precision NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN held_at bigint NULL;
ALTER TABLE campaigns ADD COLUMN seen_attempts bigint NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_complaints bigint NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_bounces bigint NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN seen_refusals bigint NOT NULL DEFAULT 0;
-- A customer's own shares; null: as the installation says.
ALTER TABLE customers ADD COLUMN breaker_complaint_percent double precision NULL;
ALTER TABLE customers ADD COLUMN breaker_bounce_percent double precision NULL;
ALTER TABLE customers ADD COLUMN breaker_content_percent double precision NULL;
