using System.Text;
using System.Text.Json;

namespace Estafette.Core.Contacts.Import;

/// <summary>A file to look at; a format or mapping given here stands in the place of the detected one.</summary>
public sealed record DetectRequest(string Path, string DefaultCountry = "FR", ImportFormat? Format = null, ImportMapping? Mapping = null)
{
    /// <summary>The name to show; by default that of the path.</summary>
    public string? Name { get; init; }

    /// <summary>The file was made from a spreadsheet: comma-separated UTF-8, whatever its cells look like.</summary>
    public bool IsSheet { get; init; }
}

/// <summary>A column or JSON member with values as they stand in the file.</summary>
public sealed record FileColumn(string Name, IReadOnlyList<string> Samples);

/// <summary>A row as it would be imported; <paramref name="Problems"/> tell why it would not, or what would be left out.</summary>
public sealed record PreviewRow(
    long Line,
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    TrackingConsent TrackingConsent,
    string? Attributes,
    bool Rejected,
    IReadOnlyList<ImportReason> Problems
);

/// <summary>
/// What a file holds. Error says why it cannot be imported at all, and the rest is empty then; Warning says what is probably wrong with the
/// chosen format.
/// </summary>
public sealed record FileDetails(
    ImportFormat Format,
    ImportMapping Mapping,
    IReadOnlyList<FileColumn> Columns,
    IReadOnlyList<PreviewRow> Preview,
    long Bytes,
    ImportReason? Error = null,
    ImportReason? Warning = null
);

/// <summary>Looks at the beginning of a file: format, columns, what they probably hold, and its first 20 rows as they would be imported.</summary>
public static class DetectFile
{
    private const int PreviewRows = 20;
    private const int SampleRows = 100;
    private static readonly char[] Separators = [',', ';', '\t', '|'];

    public static FileDetails Run(DetectRequest request)
    {
        var bytes = new FileInfo(request.Path).Length;
        var format = request.Format ?? new ImportFormat();
        var sample = Sample(request.Path);
        var name = request.Name ?? Path.GetFileName(request.Path);
        if (IsBlank(sample))
            return Refuse(format, bytes, ImportReason.Of("empty", name));
        var found = DetectFileEncoding.Run(request.Path, sample);
        var encoding = request.Format?.Encoding ?? found;
        var warning = DetectFileEncoding.Contradiction(sample, found, encoding);
        if (DetectFileEncoding.IsBinary(sample, encoding))
            return Refuse(format, bytes, ImportReason.Of("binary", name));
        format = request.Format ?? (request.IsSheet ? DetectSheet(request.Path) : Detect(request.Path, encoding));
        if (format.Kind == FileKind.Csv && format.Columns.Count == 0)
            format = format with { Columns = ReadColumns(request.Path, format) };
        var columns = format.Kind == FileKind.Json ? JsonColumns(request.Path, format) : CsvColumns(request.Path, format);
        var mapping = request.Mapping ?? KnownNames.Propose(columns);
        return new FileDetails(format, mapping, columns, Preview(request, format, mapping), bytes, Warning: warning);
    }

    /// <summary>Whether a file holds nothing but space.</summary>
    internal static bool IsEmpty(string path) => IsBlank(Sample(path));

    private static bool IsBlank(ReadOnlySpan<byte> sample) =>
        (sample.StartsWith("\uFEFF"u8) ? sample[3..] : sample).IndexOfAnyExcept(" \t\r\n\0"u8) < 0;

    private static FileDetails Refuse(ImportFormat format, long bytes, ImportReason error) =>
        new(format, new ImportMapping(), [], [], bytes, error);

    private static byte[] Sample(string path)
    {
        using var file = File.OpenRead(path);
        var sample = new byte[Math.Min(DetectFileEncoding.PieceBytes, file.Length)];
        return sample[..file.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false)];
    }

    private static ImportFormat Detect(string path, FileEncoding encoding)
    {
        using (var source = new Utf8Source(File.OpenRead(path), encoding))
        {
            if (JsonPreamble.Detect(source) is { } container && !LooksLikeQuotedCsv(path, encoding, container))
                return new ImportFormat { Encoding = encoding, Container = container };
        }
        var csv = new ImportFormat { Kind = FileKind.Csv, Encoding = encoding };
        csv = csv with { Separator = DetectSeparator(path, csv) };
        var rows = ReadRows(path, csv, 20);
        csv = csv with { HasHeader = HasHeader(rows) };
        return csv with { Columns = ReadColumns(path, csv) };
    }

    private static ImportFormat DetectSheet(string path)
    {
        var csv = new ImportFormat { Kind = FileKind.Csv, Separator = SpreadsheetFile.Separator };
        csv = csv with { HasHeader = HasHeader(ReadRows(path, csv, 20)) };
        return csv with { Columns = ReadColumns(path, csv) };
    }

    // A CSV whose first header is quoted begins like a JSON string: the quote is followed by a separator or by more.
    private static bool LooksLikeQuotedCsv(string path, FileEncoding encoding, JsonContainer container)
    {
        if (container != JsonContainer.Lines)
            return false;
        using var source = new Utf8Source(File.OpenRead(path), encoding);
        source.Fill();
        var line = source.Unread;
        var end = line.IndexOf((byte)'\n');
        line = (end < 0 ? line : line[..end]).Trim(" \t\r"u8);
        if (line.Length == 0 || line[0] != '"')
            return false;
        var reader = new Utf8JsonReader(line.TrimEnd(","u8));
        try
        {
            return !reader.Read()
                || reader.Read()
                || !reader.ValueSpan.Contains((byte)'@') && !line.EndsWith("\""u8)
                || KnownNames.Find(Encoding.UTF8.GetString(line.Trim("\""u8))) is not null;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    // The separator that cuts the first rows into the same number of fields, the more the better.
    private static char DetectSeparator(string path, ImportFormat format)
    {
        var first = FirstLine(path, format);
        if (first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && first.Length == 5)
            return first[4];
        return Separators
            .Select(separator => (separator, Score: Score(ReadRows(path, format with { Separator = separator }, SampleRows))))
            .OrderByDescending(candidate => candidate.Score)
            .First()
            .separator;
    }

    private static double Score(List<string[]> rows)
    {
        if (rows.Count == 0)
            return 0;
        var usual = rows.GroupBy(r => r.Length).OrderByDescending(g => g.Count()).First();
        return usual.Key == 1 ? 0 : (double)usual.Count() / rows.Count + Math.Min(usual.Key, 50) / 1000.0;
    }

    private static string FirstLine(string path, ImportFormat format)
    {
        using var source = new Utf8Source(File.OpenRead(path), format.Encoding);
        source.Fill();
        var end = source.Unread.IndexOfAny("\r\n"u8);
        return Encoding.UTF8.GetString(end < 0 ? source.Unread[..Math.Min(source.Unread.Length, 100)] : source.Unread[..end]);
    }

    private static List<string[]> ReadRows(string path, ImportFormat format, int count)
    {
        using var reader = new CsvContactReader(
            new Utf8Source(File.OpenRead(path), format.Encoding),
            format with
            {
                HasHeader = false,
            },
            null
        );
        var rows = new List<string[]>();
        while (rows.Count < count && reader.ReadFields() is { } row)
        {
            // Empty lines have one empty field, a quote that is never closed has none.
            if (row is not ([] or [""]))
                rows.Add(row);
        }
        return rows;
    }

    // A first row without an address, over rows that have one, or made of known names.
    private static bool HasHeader(List<string[]> rows)
    {
        if (rows.Count == 0 || rows[0].Any(f => f.Contains('@')))
            return false;
        return rows[0].Any(f => KnownNames.Find(f) is not null) || rows.Skip(1).Any(r => r.Any(f => f.Contains('@')));
    }

    private static List<string> ReadColumns(string path, ImportFormat format)
    {
        var rows = ReadRows(path, format, 1);
        var first = rows.Count == 0 ? [] : rows[0];
        var names = new List<string>();
        for (var i = 0; i < first.Length; i++)
        {
            var name = format.HasHeader ? first[i].Trim() : "";
            name = name.Length == 0 ? $"Column {i + 1}" : name;
            names.Add(names.Contains(name, StringComparer.Ordinal) ? $"{name} ({i + 1})" : name);
        }
        return names;
    }

    private static List<FileColumn> CsvColumns(string path, ImportFormat format)
    {
        var rows = ReadRows(path, format, SampleRows + 1).Skip(format.HasHeader ? 1 : 0).ToList();
        return format
            .Columns.Select(
                (name, i) =>
                    new FileColumn(
                        name,
                        rows.Where(r => i < r.Length && r[i].Length > 0).Select(r => r[i]).Distinct(StringComparer.Ordinal).Take(3).ToList()
                    )
            )
            .ToList();
    }

    // Members of the first rows, one level down with a dotted path.
    private static List<FileColumn> JsonColumns(string path, ImportFormat format)
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        using var reader = new ContactFileReader(
            new Utf8Source(File.OpenRead(path), format.Encoding),
            format.Container,
            new JsonRowMapper(new ImportMapping(), new FieldValues("FR", false))
        );
        var row = new ContactRow();
        for (var i = 0; i < SampleRows && reader.Read(row); i++)
        {
            if (row.Attributes.IsEmpty)
                continue;
            using var members = JsonDocument.Parse(row.Attributes);
            foreach (var member in members.RootElement.EnumerateObject())
                Collect(found, member.Name, member.Value, 0);
        }
        return found.Select(f => new FileColumn(f.Key, f.Value)).ToList();
    }

    private static void Collect(Dictionary<string, List<string>> found, string name, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Object && depth < 3 && HasKnownMember(value))
        {
            foreach (var member in value.EnumerateObject())
                Collect(found, $"{name}.{member.Name}", member.Value, depth + 1);
            return;
        }
        if (!found.TryGetValue(name, out var samples))
            found.Add(name, samples = []);
        var sample = value.ToString() is { Length: > 100 } text ? text[..100] + "…" : value.ToString();
        if (samples.Count < 3 && !samples.Contains(sample))
            samples.Add(sample);
    }

    private static bool HasKnownMember(JsonElement value) => value.EnumerateObject().Any(m => KnownNames.Find(m.Name) is not null);

    private static List<PreviewRow> Preview(DetectRequest request, ImportFormat format, ImportMapping mapping)
    {
        using var rows = OpenImport.Rows(request.Path, format, mapping, new FieldValues(request.DefaultCountry, false), default);
        var preview = new List<PreviewRow>();
        var row = new ContactRow();
        while (preview.Count < PreviewRows && rows.Read(row))
            preview.Add(
                new PreviewRow(
                    row.Line,
                    row.Email,
                    row.Phone,
                    row.FirstName,
                    row.LastName,
                    row.Language,
                    row.Consent,
                    row.Attributes.IsEmpty ? null : Encoding.UTF8.GetString(row.Attributes.Span),
                    row.Reject is not null,
                    row.Reasons
                )
            );
        return preview;
    }
}
