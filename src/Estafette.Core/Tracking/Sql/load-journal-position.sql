-- How far the journal is counted.
SELECT segment, position FROM journal_positions WHERE journal = @journal
