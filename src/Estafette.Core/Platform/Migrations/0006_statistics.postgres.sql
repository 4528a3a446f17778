-- Filters of the delivery list. Partial, so that freezing an audience writes none of them.
CREATE INDEX ix_deliveries_opened ON deliveries(campaign_id, id) WHERE opened_at IS NOT NULL;
CREATE INDEX ix_deliveries_clicked ON deliveries(campaign_id, id) WHERE clicked_at IS NOT NULL;
CREATE INDEX ix_deliveries_unsubscribed ON deliveries(campaign_id, id) WHERE unsubscribed_at IS NOT NULL;
CREATE INDEX ix_deliveries_complained ON deliveries(campaign_id, id) WHERE complained_at IS NOT NULL;
-- Address keys compare byte by byte, as on SQLite, so that a search by prefix is a range of the index whatever the server's locale.
ALTER TABLE deliveries ALTER COLUMN address_key TYPE text COLLATE "C";
-- Delivery.Rules.FailureCause of a failed attempt, as it was judged at the time; NULL for accepted ones.
ALTER TABLE attempts ADD COLUMN cause smallint NULL;
