-- Figures of the variants of an A/B test are counted from this index alone; deliveries outside test groups are not in it.
CREATE INDEX ix_deliveries_variant ON deliveries(campaign_id, variant, tracking, sent_at, opened_at, clicked_at) WHERE variant > 0;
ALTER TABLE variants ADD COLUMN saved_at bigint NULL;
