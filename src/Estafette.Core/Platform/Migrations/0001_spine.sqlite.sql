-- The spine: customers, contacts, servers, campaigns, the delivery ledger, tracking events and rollups.
-- Times are milliseconds since 1970-01-01 UTC. Enumerations are integers whose values live in the C# enums of the same name.

CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'fr',
  time_zone TEXT NOT NULL DEFAULT 'Europe/Paris',
  default_country TEXT NOT NULL DEFAULT 'FR',
  privacy_profile INTEGER NOT NULL DEFAULT 0,
  tracking_base_url TEXT NULL,
  suspended INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE TABLE customer_domains (
  domain TEXT PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id)
);
CREATE INDEX ix_customer_domains_customer ON customer_domains(customer_id);

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  user_name TEXT NOT NULL,
  normalized_user_name TEXT NOT NULL UNIQUE,
  email TEXT NULL,
  normalized_email TEXT NULL,
  email_confirmed INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT NULL,
  security_stamp TEXT NULL,
  concurrency_stamp TEXT NULL,
  phone_number TEXT NULL,
  phone_number_confirmed INTEGER NOT NULL DEFAULT 0,
  two_factor_enabled INTEGER NOT NULL DEFAULT 0,
  lockout_end INTEGER NULL,
  lockout_enabled INTEGER NOT NULL DEFAULT 1,
  access_failed_count INTEGER NOT NULL DEFAULT 0,
  role INTEGER NOT NULL DEFAULT 0,
  language TEXT NULL,
  must_change_password INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_sign_in_at INTEGER NULL
);
CREATE TABLE user_claims (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  claim_type TEXT NULL,
  claim_value TEXT NULL
);
CREATE TABLE user_logins (
  login_provider TEXT NOT NULL,
  provider_key TEXT NOT NULL,
  provider_display_name TEXT NULL,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  PRIMARY KEY (login_provider, provider_key)
);
CREATE TABLE user_tokens (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  login_provider TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NULL,
  PRIMARY KEY (user_id, login_provider, name)
);
CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NULL,
  revoked_at INTEGER NULL
);
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NULL
);
CREATE INDEX ix_audit_log_customer ON audit_log(customer_id, id);
CREATE TABLE signing_keys (
  id INTEGER PRIMARY KEY,
  purpose TEXT NOT NULL,
  protected_key TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE contacts (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  contact_key TEXT NOT NULL,
  email TEXT NULL,
  phone TEXT NULL,
  first_name TEXT NULL,
  last_name TEXT NULL,
  language TEXT NULL,
  attributes TEXT NULL,
  tracking_consent INTEGER NOT NULL DEFAULT 0,
  tracking_consent_at INTEGER NULL,
  last_open_day INTEGER NULL,
  import_id INTEGER NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_contacts_key ON contacts(customer_id, contact_key);
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  description TEXT NULL,
  language TEXT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_lists_name ON lists(customer_id, name);
CREATE TABLE subscriptions (
  list_id INTEGER NOT NULL REFERENCES lists(id),
  contact_id INTEGER NOT NULL REFERENCES contacts(id),
  customer_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  source INTEGER NOT NULL,
  import_id INTEGER NULL,
  consent_id INTEGER NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (list_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX ix_subscriptions_contact ON subscriptions(contact_id);
CREATE TABLE consent_records (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  list_id INTEGER NULL,
  purpose INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  wording TEXT NULL,
  source TEXT NOT NULL,
  at INTEGER NOT NULL,
  ip TEXT NULL,
  user_agent TEXT NULL,
  operator TEXT NULL
);
CREATE INDEX ix_consent_records_contact ON consent_records(customer_id, contact_id);
CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  list_id INTEGER NULL REFERENCES lists(id),
  file_name TEXT NOT NULL,
  file_path TEXT NOT NULL,
  owns_file INTEGER NOT NULL DEFAULT 0,
  format TEXT NOT NULL,
  mapping TEXT NOT NULL,
  known_contacts INTEGER NOT NULL,
  subscription_status INTEGER NOT NULL,
  default_country TEXT NOT NULL,
  provenance TEXT NULL,
  legal_basis TEXT NULL,
  wording TEXT NULL,
  declares_tracking_consent INTEGER NOT NULL DEFAULT 0,
  status INTEGER NOT NULL,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  bytes_total INTEGER NOT NULL,
  bytes_done INTEGER NOT NULL DEFAULT 0,
  rows_read INTEGER NOT NULL DEFAULT 0,
  rows_added INTEGER NOT NULL DEFAULT 0,
  rows_updated INTEGER NOT NULL DEFAULT 0,
  rows_skipped INTEGER NOT NULL DEFAULT 0,
  rows_duplicate INTEGER NOT NULL DEFAULT 0,
  rows_suppressed INTEGER NOT NULL DEFAULT 0,
  rows_rejected INTEGER NOT NULL DEFAULT 0,
  rejects_bytes INTEGER NOT NULL DEFAULT 0,
  error TEXT NULL,
  created_by TEXT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER NULL,
  finished_at INTEGER NULL,
  duration_ms INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ix_imports_customer ON imports(customer_id, id);
CREATE INDEX ix_imports_status ON imports(status);

CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  channel INTEGER NOT NULL,
  address_key TEXT NOT NULL,
  reason INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  evidence TEXT NULL,
  delivery_id INTEGER NULL,
  campaign_id INTEGER NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_suppressions_address ON suppressions(customer_id, channel, address_key);

CREATE TABLE sender_domains (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  domain TEXT NOT NULL,
  dkim_selector TEXT NOT NULL,
  dkim_public_key TEXT NOT NULL,
  dkim_protected_key TEXT NOT NULL,
  dkim_active INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_sender_domains ON sender_domains(customer_id, domain);
CREATE TABLE sender_identities (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  reply_to TEXT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_sender_identities ON sender_identities(customer_id, email, name);

CREATE TABLE sending_servers (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  active INTEGER NOT NULL,
  priority INTEGER NOT NULL DEFAULT 10,
  weight INTEGER NOT NULL DEFAULT 1,
  rate_count INTEGER NULL,
  rate_unit INTEGER NOT NULL DEFAULT 1,
  daily_maximum INTEGER NULL,
  connections INTEGER NOT NULL DEFAULT 4,
  settings TEXT NOT NULL,
  protected_secret TEXT NULL,
  in_doubt_policy INTEGER NOT NULL DEFAULT 0,
  needs_check INTEGER NOT NULL DEFAULT 0,
  breaker_failures INTEGER NOT NULL DEFAULT 0,
  breaker_open_until INTEGER NULL,
  last_error TEXT NULL,
  last_error_at INTEGER NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_sending_servers_name ON sending_servers(customer_id, name);
CREATE TABLE captured_messages (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  server_id INTEGER NOT NULL REFERENCES sending_servers(id),
  delivery_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  source BLOB NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX ix_captured_messages_customer ON captured_messages(customer_id, id);

CREATE TABLE templates (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  language TEXT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NULL,
  html TEXT NOT NULL,
  text TEXT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_templates_name ON templates(customer_id, name);
CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  version INTEGER NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NULL,
  html TEXT NULL,
  text TEXT NULL,
  processed TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_contents_version ON contents(campaign_id, version);
CREATE TABLE content_links (
  content_id INTEGER NOT NULL REFERENCES contents(id),
  link_no INTEGER NOT NULL,
  url TEXT NOT NULL,
  label TEXT NULL,
  PRIMARY KEY (content_id, link_no)
) WITHOUT ROWID;

CREATE TABLE campaigns (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  name TEXT NOT NULL,
  channel INTEGER NOT NULL DEFAULT 1,
  status INTEGER NOT NULL DEFAULT 0,
  control_version INTEGER NOT NULL DEFAULT 0,
  from_email TEXT NULL,
  from_name TEXT NULL,
  reply_to TEXT NULL,
  subject TEXT NOT NULL DEFAULT '',
  preheader TEXT NULL,
  html TEXT NULL,
  text TEXT NULL,
  content_id INTEGER NULL REFERENCES contents(id),
  tracking INTEGER NOT NULL DEFAULT 2,
  missing_fields INTEGER NOT NULL DEFAULT 0,
  field_defaults TEXT NULL,
  in_doubt_policy INTEGER NOT NULL DEFAULT 0,
  scheduled_at INTEGER NULL,
  launched_at INTEGER NULL,
  finished_at INTEGER NULL,
  expanded_at INTEGER NULL,
  expansion_cursor INTEGER NOT NULL DEFAULT 0,
  audience INTEGER NOT NULL DEFAULT 0,
  cloned_from INTEGER NULL,
  created_by TEXT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX ix_campaigns_customer ON campaigns(customer_id, id);
CREATE INDEX ix_campaigns_status ON campaigns(status);
CREATE TABLE campaign_lists (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  list_id INTEGER NOT NULL REFERENCES lists(id),
  customer_id INTEGER NOT NULL,
  excluded INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign_id, list_id)
) WITHOUT ROWID;
CREATE TABLE campaign_servers (
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id),
  server_id INTEGER NOT NULL REFERENCES sending_servers(id),
  customer_id INTEGER NOT NULL,
  weight INTEGER NULL,
  from_email TEXT NULL,
  from_name TEXT NULL,
  rate_count INTEGER NULL,
  rate_unit INTEGER NOT NULL DEFAULT 1,
  daily_maximum INTEGER NULL,
  PRIMARY KEY (campaign_id, server_id)
) WITHOUT ROWID;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  contact_id INTEGER NULL,
  channel INTEGER NOT NULL,
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  status INTEGER NOT NULL,
  reason INTEGER NOT NULL DEFAULT 0,
  tracking INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  content_id INTEGER NULL,
  server_id INTEGER NULL,
  created_at INTEGER NOT NULL,
  status_at INTEGER NOT NULL,
  sent_at INTEGER NULL,
  provider_id TEXT NULL,
  opened_at INTEGER NULL,
  clicked_at INTEGER NULL,
  unsubscribed_at INTEGER NULL,
  complained_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_deliveries_recipient ON deliveries(campaign_id, channel, address_key);
CREATE INDEX ix_deliveries_status ON deliveries(campaign_id, status, id);
-- What a message outside a campaign says (test sends now, single messages later).
CREATE TABLE single_messages (
  delivery_id INTEGER PRIMARY KEY REFERENCES deliveries(id),
  customer_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  content_id INTEGER NOT NULL REFERENCES contents(id),
  from_email TEXT NOT NULL,
  from_name TEXT NULL,
  reply_to TEXT NULL,
  subject_prefix TEXT NULL,
  merge_contact_id INTEGER NULL
);
-- Hot: one row per delivery that is not final. Clustered in the order in which rows are claimed.
CREATE TABLE delivery_queue (
  campaign_id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  delivery_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  band INTEGER NOT NULL,
  server_id INTEGER NULL,
  tried TEXT NULL,
  lane_id INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER NULL,
  PRIMARY KEY (campaign_id, due_at, delivery_id)
) WITHOUT ROWID;
CREATE TABLE lanes (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  server_id INTEGER NOT NULL REFERENCES sending_servers(id),
  source_ip TEXT NOT NULL DEFAULT '',
  site TEXT NOT NULL DEFAULT '*',
  epoch INTEGER NOT NULL DEFAULT 0,
  owner_node TEXT NULL,
  owned_at INTEGER NULL
);
CREATE UNIQUE INDEX ux_lanes ON lanes(server_id, source_ip, site);
CREATE TABLE budgets (
  server_id INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  PRIMARY KEY (server_id, campaign_id, day)
) WITHOUT ROWID;
CREATE TABLE attempts (
  delivery_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  server_id INTEGER NOT NULL,
  content_id INTEGER NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  code INTEGER NULL,
  enhanced TEXT NULL,
  text TEXT NULL,
  PRIMARY KEY (delivery_id, attempt)
) WITHOUT ROWID;
-- Facts that arrive about a delivery besides its attempts: status changes by hand, bounces, late results.
CREATE TABLE delivery_events (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  source INTEGER NOT NULL,
  text TEXT NULL
);
CREATE INDEX ix_delivery_events ON delivery_events(delivery_id);

CREATE TABLE tracking_events (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  campaign_id INTEGER NULL,
  delivery_id INTEGER NULL,
  content_id INTEGER NULL,
  kind INTEGER NOT NULL,
  link_no INTEGER NOT NULL DEFAULT 0,
  machine INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL,
  ip TEXT NULL,
  user_agent_id INTEGER NULL
);
CREATE INDEX ix_tracking_events_delivery ON tracking_events(delivery_id);
CREATE INDEX ix_tracking_events_campaign ON tracking_events(campaign_id, at);
CREATE TABLE user_agents (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
);
CREATE TABLE rollups (
  campaign_id INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  dimension INTEGER NOT NULL DEFAULT 0,
  customer_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, metric, hour, dimension)
) WITHOUT ROWID;
