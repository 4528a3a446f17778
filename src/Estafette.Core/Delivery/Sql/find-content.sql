-- A content outside campaigns by its digest. SQL because every accepted mail asks it.
SELECT id FROM contents WHERE customer_id = @customer AND digest = @digest
