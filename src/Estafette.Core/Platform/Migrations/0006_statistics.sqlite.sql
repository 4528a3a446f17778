-- Filters of the delivery list. Partial, so that freezing an audience writes none of them.
CREATE INDEX ix_deliveries_opened ON deliveries(campaign_id, id) WHERE opened_at IS NOT NULL;
CREATE INDEX ix_deliveries_clicked ON deliveries(campaign_id, id) WHERE clicked_at IS NOT NULL;
CREATE INDEX ix_deliveries_unsubscribed ON deliveries(campaign_id, id) WHERE unsubscribed_at IS NOT NULL;
CREATE INDEX ix_deliveries_complained ON deliveries(campaign_id, id) WHERE complained_at IS NOT NULL;
-- Delivery.Rules.FailureCause of a failed attempt, as it was judged at the time; NULL for accepted ones.
ALTER TABLE attempts ADD COLUMN cause INTEGER NULL;
