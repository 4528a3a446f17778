-- Moves the cursor of a bulk change that is where it was read; nobody else then works on this batch. SQL because it decides and writes at once.
-- What was searched for may be an address: it goes with the end.
UPDATE contact_bulks SET cursor_contact = @to, seen = seen + @seen, status = CAST(@status AS smallint), finished_at = @ended,
  who = CASE WHEN CAST(@status AS smallint) = 0 THEN who ELSE '{}' END
WHERE id = @id AND status = 0 AND cursor_contact = @from
