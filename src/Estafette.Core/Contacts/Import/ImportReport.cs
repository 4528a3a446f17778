using System.Globalization;
using System.Text;
using Estafette.Protocols.Csv;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// The CSV file of rows that did not go in, or went in without a field: line, outcome, reason in English, the row as it stands in the file,
/// and the reasons as codes with their values in JSON.
/// <para>A batch is appended and flushed to disk before its transaction commits the new length (imports.rejects_bytes). After a crash the
/// file is cut back to that length, so it never tells a row twice, nor one of a batch that was not stored.</para>
/// </summary>
internal sealed class ImportReport : IDisposable
{
    public const string Imported = "imported";

    private readonly string _path;
    private FileStream? _file;

    public ImportReport(string path, long bytes)
    {
        (_path, Bytes) = (path, bytes);
        if (!File.Exists(path))
            Bytes = 0;
        else if (bytes == 0)
            File.Delete(path);
        else
            Cut(bytes);
    }

    /// <summary>Length of the file.</summary>
    public long Bytes { get; private set; }

    public void Append(List<ContactRow> rows)
    {
        if (rows.Count == 0)
            return;
        _file ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        using (var text = new StreamWriter(_file, new UTF8Encoding(Bytes == 0), 4096, leaveOpen: true))
        {
            var csv = new CsvRowWriter(text);
            if (Bytes == 0)
                csv.Row("line", "outcome", "reason", "row", "codes");
            foreach (var row in rows)
                csv.Row(
                    row.Line.ToString(CultureInfo.InvariantCulture),
                    row.Reject is null ? Imported : "rejected",
                    ImportReason.Describe(row.Reasons),
                    row.Raw,
                    ImportReason.ToJson(row.Reasons)
                );
        }
        _file.Flush(flushToDisk: true);
        Bytes = _file.Length;
    }

    public void Dispose() => _file?.Dispose();

    private void Cut(long bytes)
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Write);
        if (file.Length > bytes)
            file.SetLength(bytes);
        Bytes = file.Length;
    }
}

/// <summary>A row that did not go in, or went in without a field.</summary>
/// <param name="Line">Line of the file on which it begins, from 1.</param>
/// <param name="IsImported">It went in, without what the reasons name.</param>
/// <param name="Reasons">Why, the most important first.</param>
/// <param name="Raw">The row as it stands in the file, at most 1,000 characters of it.</param>
public sealed record ReportedRow(string Line, bool IsImported, IReadOnlyList<ImportReason> Reasons, string Raw);

/// <summary>The report of an import as far as its rows are stored; more may be written behind that while the import runs.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its valid length.</param>
public sealed record StoredReport(string Path, long Bytes)
{
    /// <summary>The rows, one by one.</summary>
    public IEnumerable<ReportedRow> Rows()
    {
        var format = new ImportFormat
        {
            Kind = FileKind.Csv,
            Separator = ';',
            HasHeader = true,
        };
        var source = new Utf8Source(File.OpenRead(Path), FileEncoding.Utf8);
        using var reader = new CsvContactReader(source, format, null);
        while (source.Offset < Bytes && reader.ReadFields() is [var line, var outcome, _, var raw, var codes])
            yield return new ReportedRow(line, outcome == ImportReport.Imported, ImportReason.ListFromJson(codes), raw);
    }
}
