-- Removes the consents that an import declared for contacts of a range that its undo has removed: when the list was deleted before, they were
-- written down. SQL because it looks for rows whose contact is gone.
DELETE FROM consent_records WHERE customer_id = @customer AND contact_id > @after AND contact_id <= @until AND import_id = @import
  AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = consent_records.contact_id)
