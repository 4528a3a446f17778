-- Counted failures are judged by rules of the installation, in a pass of their own. What the far end said stays until then.
ALTER TABLE bounce_counts ADD COLUMN status text NULL;
ALTER TABLE bounce_counts ADD COLUMN campaign_id bigint NULL;
ALTER TABLE bounce_counts ADD COLUMN evidence text NULL;
ALTER TABLE bounce_counts ADD COLUMN judged smallint NOT NULL DEFAULT 1;
CREATE INDEX ix_bounce_counts_new ON bounce_counts(id) WHERE judged = 0;
-- While a secret is replaced, calls are signed with both.
ALTER TABLE webhooks ADD COLUMN old_secret text NULL;
ALTER TABLE webhooks ADD COLUMN old_secret_until bigint NULL;
