-- Gives back what was taken from a daily maximum and not used.
UPDATE budgets SET granted = granted - @count WHERE server_id = @server AND campaign_id = @campaign AND day = @day
