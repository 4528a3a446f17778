-- Whose consent a record proves once the contact is gone: its address key, or the keyed hash of it when the person was erased. Keys of
-- contacts can be given again, so nothing keeps the key of a contact that is gone.
ALTER TABLE consent_records ADD COLUMN subject text NULL;
