-- Values that only one message outside a campaign shows (a link to confirm, a code), and the digest by which its content is stored once.
ALTER TABLE single_messages ADD COLUMN merge_data text NULL;
ALTER TABLE contents ADD COLUMN digest text NULL;
CREATE UNIQUE INDEX ux_contents_digest ON contents(customer_id, digest) WHERE digest IS NOT NULL;
