-- Keeps a report of abuse, with customer and campaign found by the delivery it is about (0: nobody).
INSERT INTO abuse_reports (customer_id, campaign_id, delivery_id, received_at, reporter, words, link, ip, user_agent, opted_out)
VALUES (coalesce((SELECT customer_id FROM deliveries WHERE id = @delivery), 0), (SELECT campaign_id FROM deliveries WHERE id = @delivery), @delivery, @at, @reporter, @words, @link, @ip, @agent, @opted_out)
