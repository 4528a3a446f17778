-- When texts, files and whole messages were wanted last: what nobody wants any more goes, and what somebody begins to use again stays.
-- retired_at: nobody begins to use the text any more, since when; 0: the text is gone.
ALTER TABLE contents ADD COLUMN retired_at INTEGER NULL;
CREATE INDEX ix_contents_single ON contents(created_at) WHERE campaign_id IS NULL AND retired_at IS NULL;
CREATE INDEX ix_contents_retired ON contents(retired_at) WHERE retired_at > 0;
CREATE INDEX ix_single_messages_content ON single_messages(content_id, delivery_id);
ALTER TABLE attachment_files ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_attachment_files_used ON attachment_files(used_at);
CREATE INDEX ix_single_attachments_file ON single_attachments(customer_id, hash);
CREATE INDEX ix_campaign_attachments_file ON campaign_attachments(customer_id, hash);
ALTER TABLE submitted_messages ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_submitted_messages_used ON submitted_messages(used_at);
CREATE INDEX ix_accepted_mails_raw ON accepted_mails(customer_id, raw_hash) WHERE raw_hash IS NOT NULL;
-- Old mails outside campaigns that still waited to be sent when it was their turn to be forgotten.
CREATE TABLE late_singles (delivery_id INTEGER PRIMARY KEY);
INSERT INTO reading_positions (name, position) VALUES ('single-retention', 0);
