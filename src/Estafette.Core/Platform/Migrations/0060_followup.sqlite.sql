-- Reports by device and by recipient domain, and the filters of the recipients list.
-- What a user agent text says, by the rules of Estafette.Protocols.UserAgents; the id is a hash of the other columns.
CREATE TABLE agent_classes (
  id INTEGER PRIMARY KEY,
  os TEXT NOT NULL,
  browser TEXT NOT NULL,
  device INTEGER NOT NULL
);
ALTER TABLE user_agents ADD COLUMN class_id INTEGER NULL;
-- The recipient domains a campaign is reported by: those of its first recipients, biggest first; all others are number 0.
CREATE TABLE campaign_domains (
  campaign_id INTEGER NOT NULL,
  domain TEXT NOT NULL,
  no INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, domain)
) WITHOUT ROWID;
ALTER TABLE deliveries ADD COLUMN domain TEXT GENERATED ALWAYS AS (substr(address_key, instr(address_key, '@') + 1)) VIRTUAL;
CREATE INDEX ix_deliveries_domain ON deliveries(campaign_id, domain, id);
-- The server beside the status: both filters walk this index, and it changes with the status anyway.
DROP INDEX ix_deliveries_status;
CREATE INDEX ix_deliveries_status ON deliveries(campaign_id, status, server_id, id);
-- By time, so that "opened between" is a range; still partial, so that freezing an audience writes none of them.
DROP INDEX ix_deliveries_opened;
DROP INDEX ix_deliveries_clicked;
CREATE INDEX ix_deliveries_opened ON deliveries(campaign_id, opened_at, id) WHERE opened_at IS NOT NULL;
CREATE INDEX ix_deliveries_clicked ON deliveries(campaign_id, clicked_at, id) WHERE clicked_at IS NOT NULL;
CREATE INDEX ix_deliveries_attempts ON deliveries(campaign_id, id) WHERE attempts > 1;
CREATE INDEX ix_deliveries_reason ON deliveries(campaign_id, reason, id) WHERE reason <> 0;
CREATE INDEX ix_attempts_cause ON attempts(campaign_id, cause, delivery_id) WHERE cause IS NOT NULL;
CREATE INDEX ix_tracking_events_link ON tracking_events(campaign_id, content_id, link_no, delivery_id) WHERE kind = 2 AND delivery_id IS NOT NULL;
