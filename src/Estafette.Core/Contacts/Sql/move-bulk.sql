-- Moves the cursor of a bulk change that is where it was read; nobody else then works on this batch. SQL because it decides and writes at once.
UPDATE contact_bulks SET cursor_contact = @to, seen = seen + @seen, status = @status, finished_at = @ended
WHERE id = @id AND status = 0 AND cursor_contact = @from
