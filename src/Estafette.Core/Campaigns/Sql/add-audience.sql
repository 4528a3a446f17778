-- Adds the deliveries just frozen to the audience of the campaign.
UPDATE campaigns SET audience = audience + (SELECT count(*) FROM deliveries WHERE campaign_id = @campaign AND id > @last AND id <= @until) WHERE id = @campaign
