-- Counts people that a send step reached.
UPDATE campaigns SET audience = audience + @count WHERE id = @campaign
