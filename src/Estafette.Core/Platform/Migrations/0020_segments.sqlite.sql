-- Segments: sets of contacts defined by a filter (definition: a JSON document of Contacts/Segments/SegmentDefinition.cs).
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  description TEXT NULL,
  definition TEXT NOT NULL,
  last_count INTEGER NULL,
  counted_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_segments_name ON segments(customer_id, name);
-- The definition, segments inside it resolved, is copied at launch: who changes a segment while an audience is frozen changes nobody's audience.
CREATE TABLE campaign_segments (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  segment_id INTEGER NOT NULL REFERENCES segments(id),
  customer_id INTEGER NOT NULL,
  excluded INTEGER NOT NULL DEFAULT 0,
  definition TEXT NULL,
  PRIMARY KEY (campaign_id, segment_id)
) WITHOUT ROWID;
CREATE INDEX ix_campaign_segments_segment ON campaign_segments(segment_id);
-- Attributes the customer chose to have indexed; name of the index: ix_contacts_attribute_ID.
CREATE TABLE indexed_attributes (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  error TEXT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_indexed_attributes ON indexed_attributes(customer_id, name, kind);
-- What one contact got, and who did something when. The last four are partial: freezing and sending write none of them.
CREATE INDEX ix_deliveries_contact ON deliveries(contact_id, campaign_id) WHERE contact_id IS NOT NULL;
CREATE INDEX ix_deliveries_opened_contact ON deliveries(campaign_id, contact_id, opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX ix_deliveries_clicked_contact ON deliveries(campaign_id, contact_id, clicked_at) WHERE clicked_at IS NOT NULL;
CREATE INDEX ix_deliveries_opened_at ON deliveries(customer_id, opened_at, contact_id) WHERE opened_at IS NOT NULL;
CREATE INDEX ix_deliveries_clicked_at ON deliveries(customer_id, clicked_at, contact_id) WHERE clicked_at IS NOT NULL;
