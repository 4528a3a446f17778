-- Draws the variant of the deliveries just frozen; the rule is VariantDraw. SQL because it follows the INSERT … SELECT of a launch.
UPDATE deliveries SET variant =
  CASE WHEN coalesce(contact_id, id) % 2147483647 * @seed % 2147483647 % 10000 < @test
    THEN coalesce(contact_id, id) % 2147483647 * @seed % 2147483647 % 10000 * @variants / @test + 1 ELSE 0 END
WHERE campaign_id = @campaign AND id > @last AND id <= @until
