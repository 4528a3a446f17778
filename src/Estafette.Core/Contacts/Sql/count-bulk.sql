-- Counts for how many contacts a batch changed something. SQL because it adds to what stands there.
UPDATE contact_bulks SET changed = changed + @changed WHERE id = @id
