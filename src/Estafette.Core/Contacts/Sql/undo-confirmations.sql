-- Subscriptions of a range of contacts that an import confirmed and that waited for their confirmation before wait again (0). SQL because it is
-- one of three of an undo.
UPDATE subscriptions SET status = 0, import_id = NULL
WHERE list_id = @list AND contact_id > @after AND contact_id <= @until AND customer_id = @customer
  AND import_id = @import AND changed_at <= @finished AND created_at < @started
