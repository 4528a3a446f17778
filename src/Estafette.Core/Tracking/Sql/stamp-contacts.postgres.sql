-- Keeps the day of the last open of contacts: [id, day]; never goes back.
UPDATE contacts SET last_open_day = r.day
FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::int AS day FROM json_array_elements(@rows::json)) r
WHERE contacts.id = r.id AND coalesce(contacts.last_open_day, 0) < r.day
