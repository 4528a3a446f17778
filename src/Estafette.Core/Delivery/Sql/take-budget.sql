-- Takes part of a daily maximum; returns how much was taken. SQL because reading and taking must be one step.
INSERT INTO budgets (server_id, campaign_id, day, customer_id, granted)
VALUES (@server, @campaign, @day, @customer, @count)
ON CONFLICT (server_id, campaign_id, day) DO UPDATE SET granted = budgets.granted + @count
RETURNING granted
