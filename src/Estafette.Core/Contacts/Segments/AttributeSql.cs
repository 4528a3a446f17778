using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Segments;

/// <summary>
/// How the value of an attribute is read in SQL. The same texts stand in the statements and in the indexes on chosen attributes: a database
/// uses an index on an expression only for the very same expression.
/// <para>A text or number is a text (folded, see <see cref="SegmentValues.Fold"/>); a number may be written as text ("12.5", at most 15
/// characters); a date may be written 2026-03-31… or 31/03/2026; true, yes, oui, vrai and 1 are true; false, no, non, faux and 0 are false.</para>
/// </summary>
internal static class AttributeSql
{
    private const string Upper = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'";
    private const string Lower = "'abcdefghijklmnopqrstuvwxyz'";

    /// <summary>The place of an attribute as a literal of SQL, for names that <see cref="AttributeName.IsGood"/> let through.</summary>
    public static string Literal(DatabaseKind kind, string name) =>
        AttributeName.IsGood(name)
            ? $"'{Place(kind, name)}'"
            : throw new ArgumentException($"'{name}' is no name of an attribute.", nameof(name));

    /// <summary>The place of an attribute as the value of a parameter.</summary>
    public static string Place(DatabaseKind kind, string name) => kind == DatabaseKind.Sqlite ? $"$.\"{name}\"" : name;

    /// <summary>Small letters A to Z, the same on both databases.</summary>
    public static string Fold(DatabaseKind kind, string text) =>
        kind == DatabaseKind.Sqlite ? $"lower({text})" : $"translate({text}, {Upper}, {Lower})";

    /// <summary>The value in the form in which its kind is compared; NULL when it is absent or cannot be read so.</summary>
    /// <param name="place">Where it is: a literal or a parameter.</param>
    /// <param name="column">The attributes, with the alias of the table in statements.</param>
    public static string Value(DatabaseKind database, AttributeKind kind, string place, string column = "c.attributes") =>
        kind switch
        {
            AttributeKind.Number => Number(database, place, column),
            AttributeKind.Date => Date(database, place, column),
            AttributeKind.List => List(database, place, column),
            AttributeKind.Boolean => Boolean(database, place, column),
            _ => Text(database, place, column),
        };

    /// <summary>Whether a list (or a single value) holds the folded text of a parameter.</summary>
    public static string Holds(DatabaseKind database, string place, string parameter) =>
        database == DatabaseKind.Sqlite
            ? $"EXISTS (SELECT 1 FROM json_each(c.attributes, {place}) e WHERE lower(e.value) = {parameter})"
            : $"EXISTS (SELECT 1 FROM jsonb_array_elements_text(CASE jsonb_typeof(c.attributes -> {place}) WHEN 'array' THEN c.attributes -> {place} ELSE jsonb_build_array(c.attributes -> {place}) END) e(value) WHERE {Fold(database, "e.value")} = {parameter})";

    private static string Text(DatabaseKind database, string place, string column) =>
        database == DatabaseKind.Sqlite
            ? $"lower(CASE json_type({column}, {place}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN NULL WHEN 'object' THEN NULL ELSE {column} ->> {place} END)"
            : Fold(database, $"CASE WHEN jsonb_typeof({column} -> {place}) IN ('array', 'object') THEN NULL ELSE {column} ->> {place} END");

    private static string Number(DatabaseKind database, string place, string column) =>
        database == DatabaseKind.Sqlite
            ? $"CASE json_type({column}, {place}) WHEN 'integer' THEN CAST({column} ->> {place} AS REAL) WHEN 'real' THEN {column} ->> {place} WHEN 'text' THEN CASE WHEN length({column} ->> {place}) <= 15 AND {column} ->> {place} NOT GLOB '*[^-0-9.]*' AND {column} ->> {place} GLOB '*[0-9]*' AND {column} ->> {place} NOT GLOB '?*-*' AND {column} ->> {place} NOT GLOB '*.*.*' THEN CAST({column} ->> {place} AS REAL) END END"
            : $"CASE WHEN jsonb_typeof({column} -> {place}) = 'number' OR (jsonb_typeof({column} -> {place}) = 'string' AND length({column} ->> {place}) <= 15 AND {column} ->> {place} ~ '^-?[0-9]*[.]?[0-9]*$' AND {column} ->> {place} ~ '[0-9]') THEN ({column} ->> {place})::numeric END";

    private static string Date(DatabaseKind database, string place, string column)
    {
        var text = $"({column} ->> {place})";
        var (iso, french) =
            database == DatabaseKind.Sqlite
                ? ($"{text} GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*'", $"{text} GLOB '[0-3][0-9]/[01][0-9]/[12][0-9][0-9][0-9]'")
                : ($"{text} ~ '^[12][0-9]{{3}}-[01][0-9]-[0-3][0-9]'", $"{text} ~ '^[0-3][0-9]/[01][0-9]/[12][0-9]{{3}}$'");
        var value =
            $"CASE WHEN {iso} THEN substr({text}, 1, 10) WHEN {french} THEN substr({text}, 7, 4) || '-' || substr({text}, 4, 2) || '-' || substr({text}, 1, 2) END";
        return database == DatabaseKind.Sqlite ? value : $"(({value}) COLLATE \"C\")";
    }

    private static string Boolean(DatabaseKind database, string place, string column)
    {
        var text = Text(database, place, column);
        return $"CASE WHEN {text} IN ('true', 'yes', 'oui', 'vrai', '1') THEN 1 WHEN {text} IN ('false', 'no', 'non', 'faux', '0') THEN 0 END";
    }

    private static string List(DatabaseKind database, string place, string column) =>
        database == DatabaseKind.Sqlite
            ? $"CASE WHEN json_type({column}, {place}) IN ('null') OR {column} ->> {place} IN ('', '[]') THEN NULL ELSE {column} ->> {place} END"
            : $"CASE WHEN jsonb_typeof({column} -> {place}) = 'null' OR {column} ->> {place} IN ('', '[]') THEN NULL ELSE {column} ->> {place} END";
}
