-- Choices of a list page (filters, columns, order) that a user named; a shared one is seen by all users of the customer.
CREATE TABLE saved_views (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  user_id INTEGER NOT NULL,
  grid TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE INDEX ix_saved_views_grid ON saved_views(customer_id, grid);
