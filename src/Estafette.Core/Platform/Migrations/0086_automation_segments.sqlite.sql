-- The segment whose new members enter an automation, and who of its members was seen there. "since" is the time the trigger was set: rows of
-- an earlier trigger count no more and are removed little by little.
ALTER TABLE automations ADD COLUMN trigger_segment_id INTEGER NULL;
CREATE TABLE automation_members (
  automation_id INTEGER NOT NULL REFERENCES automations(id),
  since INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  PRIMARY KEY (automation_id, since, contact_id)
) WITHOUT ROWID;
