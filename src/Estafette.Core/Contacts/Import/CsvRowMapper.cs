using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Estafette.Core.Contacts.Import;

/// <summary>Turns the fields of a CSV row into a row; a column that nothing names is ignored.</summary>
internal sealed class CsvRowMapper : IDisposable
{
    private readonly FieldValues _values;
    private readonly ColumnMapping?[] _columns;
    private readonly ArrayBufferWriter<byte> _attributes = new(4096);
    private readonly ByteArena _arena = new();
    private readonly TextCache _texts = new();
    private readonly Utf8JsonWriter _writer;

    public CsvRowMapper(ImportMapping mapping, IReadOnlyList<string> columns, FieldValues values)
    {
        _values = values;
        _columns = new ColumnMapping?[columns.Count];
        for (var i = 0; i < columns.Count; i++)
            _columns[i] = mapping.Columns.FirstOrDefault(c => c.Source == columns[i] && c.Field != ContactField.Ignored);
        _writer = new Utf8JsonWriter(_attributes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public void Map(ContactRow row, ReadOnlySpan<byte> record, List<CsvField> fields)
    {
        var attributes = false;
        for (var i = 0; i < _columns.Length; i++)
        {
            if (_columns[i] is not { } column || fields[i].Length == 0)
                continue;
            var text =
                fields[i].Doubled || column.Field == ContactField.Email
                    ? fields[i].Text(record)
                    : _texts.Get(record.Slice(fields[i].Start, fields[i].Length));
            if (column.Field == ContactField.Attribute)
                WriteAttribute(row, column, text, ref attributes);
            else
                _values.Set(row, column.Field, text);
        }
        if (attributes)
        {
            _writer.WriteEndObject();
            _writer.Flush();
            if (_attributes.WrittenCount > 2)
                row.Attributes = _arena.Copy(_attributes.WrittenSpan);
        }
        _values.Complete(row);
    }

    public void Dispose() => _writer.Dispose();

    private void WriteAttribute(ContactRow row, ColumnMapping column, string text, ref bool begun)
    {
        if (!begun)
        {
            begun = true;
            _attributes.ResetWrittenCount();
            _writer.Reset();
            _writer.WriteStartObject();
        }
        var name = column.Attribute ?? column.Source;
        if (!FieldValues.TryWriteAttribute(_writer, name, text, column.Type))
            row.AddNote(ImportReason.Of("column-type", name, column.Type));
    }
}
