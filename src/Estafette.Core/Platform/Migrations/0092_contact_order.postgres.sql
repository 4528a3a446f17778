-- Contacts in the order in which they came, forwards and backwards. An import adds at the end of it only.
CREATE INDEX ix_contacts_customer ON contacts(customer_id, id);
