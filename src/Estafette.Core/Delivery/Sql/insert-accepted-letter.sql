-- What one recipient of such a mail gets that others do not. SQL because every accepted mail writes it.
INSERT INTO accepted_letters (delivery_id, customer_id, mail_id, head, custom_args) VALUES (@delivery, @customer, @mail, @head, @args)
