-- Moves the cursor of given recipients.
UPDATE campaigns SET given_cursor = @cursor WHERE id = @campaign
