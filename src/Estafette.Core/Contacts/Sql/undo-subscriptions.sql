-- Removes, of a range of contacts, the subscriptions that an import brought and nobody changed since. SQL because it is one of three of an undo.
DELETE FROM subscriptions WHERE list_id = @list AND contact_id > @after AND contact_id <= @until AND customer_id = @customer
  AND import_id = @import AND changed_at <= @finished AND created_at >= @started
