-- Counted failures are judged by rules of the installation, in a pass of their own. What the far end said stays until then.
ALTER TABLE bounce_counts ADD COLUMN status TEXT NULL;
ALTER TABLE bounce_counts ADD COLUMN campaign_id INTEGER NULL;
ALTER TABLE bounce_counts ADD COLUMN evidence TEXT NULL;
ALTER TABLE bounce_counts ADD COLUMN judged INTEGER NOT NULL DEFAULT 1;
CREATE INDEX ix_bounce_counts_new ON bounce_counts(id) WHERE judged = 0;
-- While a secret is replaced, calls are signed with both.
ALTER TABLE webhooks ADD COLUMN old_secret TEXT NULL;
ALTER TABLE webhooks ADD COLUMN old_secret_until INTEGER NULL;
