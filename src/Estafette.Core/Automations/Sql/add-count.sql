-- Adds to a counter of an automation. SQL because of the upsert.
INSERT INTO automation_counts (automation_id, step_id, outcome, count) VALUES (@automation, @step, @outcome, @count)
ON CONFLICT (automation_id, step_id, outcome) DO UPDATE SET count = automation_counts.count + @count
