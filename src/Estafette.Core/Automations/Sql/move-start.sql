-- Notes up to when changes were looked at; never backwards. SQL because it must not raise the version that editors compare.
UPDATE automations SET entry_from = @from WHERE id = @automation AND entry_from < @from
