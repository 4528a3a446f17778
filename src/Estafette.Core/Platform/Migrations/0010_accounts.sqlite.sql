-- Accounts: sessions, second factor, passkeys, one-time links, limits and brand of customers, scopes of keys, an audit log that can be filtered.
ALTER TABLE users ADD COLUMN name TEXT NULL;
ALTER TABLE users ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN deactivated_at INTEGER NULL;
-- Encrypted with the key ring; set when the first code was confirmed.
ALTER TABLE users ADD COLUMN totp_secret TEXT NULL;
-- Time step of the last accepted code: none is accepted twice (RFC 6238 §5.2).
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;

ALTER TABLE customers ADD COLUMN suspended_at INTEGER NULL;
ALTER TABLE customers ADD COLUMN suspended_reason TEXT NULL;
-- NULL: no limit.
ALTER TABLE customers ADD COLUMN max_users INTEGER NULL;
ALTER TABLE customers ADD COLUMN max_contacts INTEGER NULL;
ALTER TABLE customers ADD COLUMN max_servers INTEGER NULL;
ALTER TABLE customers ADD COLUMN max_messages_per_day INTEGER NULL;
ALTER TABLE customers ADD COLUMN max_messages_per_month INTEGER NULL;
-- From this moment on users without a second factor get no further than its page; NULL: it is everybody's own choice.
ALTER TABLE customers ADD COLUMN second_factor_from INTEGER NULL;
ALTER TABLE customers ADD COLUMN brand_name TEXT NULL;
ALTER TABLE customers ADD COLUMN brand_color TEXT NULL;
ALTER TABLE customers ADD COLUMN brand_background TEXT NULL;
ALTER TABLE customers ADD COLUMN logo_hash TEXT NULL;
CREATE TABLE customer_logos (
  customer_id INTEGER PRIMARY KEY REFERENCES customers(id),
  hash TEXT NOT NULL,
  content_type TEXT NOT NULL,
  data BLOB NOT NULL
);

CREATE TABLE user_sessions (
  id INTEGER PRIMARY KEY,
  key_hash TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  customer_id INTEGER NOT NULL,
  method INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  ip TEXT NULL,
  user_agent TEXT NULL,
  -- The customer an operator works for at the moment, and until when.
  entered_customer_id INTEGER NULL,
  entered_until INTEGER NULL
);
CREATE INDEX ix_user_sessions_user ON user_sessions(user_id);
CREATE INDEX ix_user_sessions_used ON user_sessions(last_used_at);

CREATE TABLE user_passkeys (
  id INTEGER PRIMARY KEY,
  credential_id BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL,
  transports TEXT NOT NULL,
  user_verified INTEGER NOT NULL DEFAULT 0,
  backup_eligible INTEGER NOT NULL DEFAULT 0,
  backed_up INTEGER NOT NULL DEFAULT 0,
  attestation_object BLOB NOT NULL,
  client_data_json BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NULL
);
CREATE INDEX ix_user_passkeys_user ON user_passkeys(user_id);

CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  used_at INTEGER NULL,
  PRIMARY KEY (user_id, hash)
);

-- Links that work once: invitations, new passwords, new addresses. Only the hash of the token is kept.
CREATE TABLE account_links (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  user_id INTEGER NULL REFERENCES users(id) ON DELETE CASCADE,
  purpose INTEGER NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  role INTEGER NULL,
  language TEXT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NULL,
  revoked_at INTEGER NULL
);
CREATE INDEX ix_account_links_customer ON account_links(customer_id, purpose, id);
CREATE INDEX ix_account_links_user ON account_links(user_id);

-- Keys from before scopes may do everything, as until now.
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '*';
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER NULL;
ALTER TABLE api_keys ADD COLUMN created_by TEXT NULL;
CREATE INDEX ix_api_keys_customer ON api_keys(customer_id, id);

ALTER TABLE audit_log ADD COLUMN ip TEXT NULL;
CREATE INDEX ix_audit_log_user ON audit_log(customer_id, user_name, id);
CREATE INDEX ix_audit_log_action ON audit_log(customer_id, action, id);
CREATE INDEX ix_audit_log_at ON audit_log(customer_id, at);
-- Messages of a customer per month.
CREATE INDEX ix_rollups_customer ON rollups(customer_id, metric, hour);
