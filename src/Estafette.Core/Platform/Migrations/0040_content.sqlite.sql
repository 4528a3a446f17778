-- The editing side of a content, beside what its owner (template, campaign, variant of a campaign) says: the source of the visual editor, who
-- saved last, and the versions kept on the way. owner_kind: 1 template, 2 campaign.
CREATE TABLE content_heads (
  owner_kind INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  variant INTEGER NOT NULL DEFAULT 0,
  customer_id INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  mjml TEXT NULL,
  mjml_html_hash TEXT NULL,
  revision INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (owner_kind, owner_id, variant)
) WITHOUT ROWID;
CREATE TABLE content_drafts (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  owner_kind INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  variant INTEGER NOT NULL DEFAULT 0,
  name TEXT NULL,
  mode INTEGER NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NULL,
  mjml TEXT NULL,
  html TEXT NULL,
  text TEXT NULL,
  saved_by TEXT NULL,
  started_at INTEGER NOT NULL,
  saved_at INTEGER NOT NULL
);
CREATE INDEX ix_content_drafts_owner ON content_drafts(owner_kind, owner_id, variant, id);
