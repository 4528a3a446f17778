-- What is measured in a campaign; SQL because it is read inside the transaction of a batch.
SELECT tracking FROM campaigns WHERE id = @campaign
