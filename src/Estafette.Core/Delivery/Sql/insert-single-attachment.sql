-- One file of an accepted mail.
INSERT INTO single_attachments (mail_id, number, customer_id, filename, content_type, content_id, size, hash)
VALUES (@mail, @number, @customer, @filename, @type, @cid, @size, @hash)
