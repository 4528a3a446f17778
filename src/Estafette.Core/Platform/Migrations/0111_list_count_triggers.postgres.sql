-- SQLite only: PostgreSQL counts once per statement already.
SELECT 1;
