-- Names are searched without regard to case and accents. What lower() makes of a name of ASCII letters is its folded form already; the others have
-- it beside them, written by whoever writes the name (FoldedText). The function does the same as FoldedText, for searches that no index answers;
-- capitals stand in its list as well, because lower() of a database with locale C knows those of ASCII only.
CREATE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(value) = char_length(value) THEN lower(value COLLATE "C") ELSE
    replace(replace(replace(replace(
      translate(
        regexp_replace(lower(normalize(value, NFD)), '[\u0300-\u036f]+', '', 'g'),
        'øØłŁđĐðÐħĦıſςÆŒẞÞΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏ',
        'oollddddhhisσæœßþαβγδεζηθικλμνξοπρστυφχψωабвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџ'),
      'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th')
  END
$$;
DROP INDEX ix_contacts_last_name;
DROP INDEX ix_contacts_first_name;
ALTER TABLE contacts ADD COLUMN first_name_folded text COLLATE "C" NULL, ADD COLUMN last_name_folded text COLLATE "C" NULL;
UPDATE contacts SET
  first_name_folded = CASE WHEN octet_length(first_name) <> char_length(first_name) THEN fold_text(first_name) END,
  last_name_folded = CASE WHEN octet_length(last_name) <> char_length(last_name) THEN fold_text(last_name) END
WHERE octet_length(first_name) <> char_length(first_name) OR octet_length(last_name) <> char_length(last_name);
CREATE INDEX ix_contacts_last_name ON contacts(customer_id, (coalesce(last_name_folded, lower(last_name COLLATE "C"))), id) WHERE last_name IS NOT NULL;
CREATE INDEX ix_contacts_first_name ON contacts(customer_id, (coalesce(first_name_folded, lower(first_name COLLATE "C"))), id) WHERE first_name IS NOT NULL;
