-- Records what a batch did, in the transaction of the batch, and tells whether to stop (1 cancel, 2 pause). SQL because of the sums and the returned flag.
UPDATE imports SET bytes_done = @bytes, lines_done = @lines, rows_read = rows_read + @read, rows_added = rows_added + @added,
  rows_updated = rows_updated + @updated, rows_skipped = rows_skipped + @skipped, rows_duplicate = rows_duplicate + @duplicate,
  rows_suppressed = rows_suppressed + @suppressed, rows_rejected = rows_rejected + @rejected, rows_noted = rows_noted + @noted,
  rejects_bytes = @rejects, duration_ms = duration_ms + @milliseconds
WHERE id = @id AND customer_id = @customer AND status = 2
RETURNING CASE WHEN cancel_requested THEN 1 WHEN pause_requested THEN 2 ELSE 0 END
