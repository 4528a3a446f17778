-- Remembers how far the journal is counted, in the transaction that counts.
INSERT INTO journal_positions (journal, segment, position) VALUES (@journal, @segment, @position)
ON CONFLICT (journal) DO UPDATE SET segment = excluded.segment, position = excluded.position
