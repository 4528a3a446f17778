-- Notes how far the contacts of a day were looked at. SQL because it must not raise the version that editors compare.
UPDATE automations SET entry_day = @day, entry_cursor = @cursor WHERE id = @automation AND entry_day <= @day
