-- What a message outside a campaign says.
INSERT INTO single_messages (delivery_id, customer_id, kind, campaign_id, content_id, from_email, from_name, reply_to, subject_prefix, merge_contact_id,
  merge_data)
VALUES (@delivery, @customer, @kind, @campaign, @content, @from_email, @from_name, @reply_to, @prefix, @contact, @data)
