using System.Globalization;
using System.Text;
using Estafette.Protocols.Csv;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// The CSV file of rows that did not go in, or went in without a field: line, outcome, reason, the row as it stands in the file.
/// <para>A batch is appended and flushed to disk before its transaction commits the new length (imports.rejects_bytes). After a crash the
/// file is cut back to that length, so it never tells a row twice, nor one of a batch that was not stored.</para>
/// </summary>
internal sealed class ImportReport : IDisposable
{
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
                csv.Row("line", "outcome", "reason", "row");
            foreach (var row in rows)
                csv.Row(
                    row.Line.ToString(CultureInfo.InvariantCulture),
                    row.Reject is null ? "imported" : "rejected",
                    row.Reject ?? row.Note,
                    row.Raw
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
