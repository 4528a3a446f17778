-- Marks a campaign that was not started as one whose recipients are given; no row when it was started or is not the customer's.
UPDATE campaigns SET takes_recipients = CAST(1 AS boolean), updated_at = @now
WHERE id = @campaign AND customer_id = @customer AND kind = 0 AND status IN (0, 1)
