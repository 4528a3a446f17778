-- Keys of contacts are given again: what an automation saw of one that is deleted goes with it.
CREATE INDEX ix_automation_members_contact ON automation_members(contact_id);
