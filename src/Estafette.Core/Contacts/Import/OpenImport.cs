namespace Estafette.Core.Contacts.Import;

/// <summary>Opens the rows of a file at its beginning or where an earlier run stopped.</summary>
internal static class OpenImport
{
    public static IContactRows Rows(ContactImport import) =>
        Rows(
            import.FilePath,
            ImportFormat.FromJson(import.Format),
            ImportMapping.FromJson(import.Mapping),
            new FieldValues(import.DefaultCountry, import.DeclaresTrackingConsent),
            new ImportCursor(import.BytesDone, import.LinesDone, import.RowsRead)
        );

    public static IContactRows Rows(string path, ImportFormat format, ImportMapping mapping, FieldValues values, ImportCursor from)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        try
        {
            var source = new Utf8Source(file, format.Encoding, from.Bytes, from.Lines);
            return format.Kind == FileKind.Json
                ? new ContactFileReader(source, format.Container, new JsonRowMapper(mapping, values), from.Rows)
                : new CsvContactReader(source, format, new CsvRowMapper(mapping, format.Columns, values), from.Rows);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

/// <summary>How far a file was read: the byte after the last row, the line ends and the rows before it.</summary>
internal readonly record struct ImportCursor(long Bytes, long Lines, long Rows);
