-- Where the queueing of given recipients stands; nothing when the campaign does not run any more, is frozen, or was given nobody.
SELECT given_cursor FROM campaigns WHERE id = @campaign AND status = 2 AND expanded_at IS NULL AND takes_recipients
