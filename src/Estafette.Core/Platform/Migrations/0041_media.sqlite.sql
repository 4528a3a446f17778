-- Images of the contents, in the database so that every node serves them and a backup holds them. One file per hash, whoever uses it.
ALTER TABLE templates ADD COLUMN category TEXT NULL;
CREATE TABLE media_images (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  alt TEXT NOT NULL,
  folder TEXT NOT NULL DEFAULT '',
  file TEXT NOT NULL,
  narrow_file TEXT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  size INTEGER NOT NULL,
  animated INTEGER NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX ix_media_images_customer ON media_images(customer_id, id);
CREATE INDEX ix_media_images_file ON media_images(file);
CREATE INDEX ix_media_images_narrow ON media_images(narrow_file);
CREATE TABLE media_files (
  name TEXT PRIMARY KEY,
  content_type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
