-- Appends a proof of consent or withdrawal and tells its id.
INSERT INTO consent_records (customer_id, contact_id, purpose, granted, wording, source, at, ip, user_agent)
VALUES (@customer, @contact, @purpose, @granted, @wording, @source, @at, @ip, @user_agent)
RETURNING id
