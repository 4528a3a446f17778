-- Moves the cursor of a freezing audience, or marks it complete.
UPDATE campaigns SET expansion_cursor = @cursor, expanded_at = @done WHERE id = @campaign
