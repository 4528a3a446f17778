-- Where the freezing of an audience stands; nothing when the campaign does not run any more or is frozen.
SELECT expansion_cursor FROM campaigns WHERE id = @campaign AND status = 2 AND expanded_at IS NULL
