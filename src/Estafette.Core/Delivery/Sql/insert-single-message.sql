-- What a message outside a campaign says.
INSERT INTO single_messages (delivery_id, customer_id, kind, campaign_id, content_id, from_email, from_name, reply_to, subject_prefix, merge_contact_id)
VALUES (@delivery, @customer, 1, @campaign, @content, @from_email, @from_name, @reply_to, @prefix, @contact)
