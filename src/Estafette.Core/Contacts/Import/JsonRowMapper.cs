using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Estafette.Core.Contacts.Import;

/// <summary>Turns one JSON value into a row: known members become fields, the others attributes with the type they have.</summary>
internal sealed class JsonRowMapper : IDisposable
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = ContactFileReader.MaxDepth };

    private readonly FieldValues _values;
    private readonly bool _ignoreOthers;
    private readonly Member _root = new(null);
    private readonly ArrayBufferWriter<byte> _attributes = new(4096);
    private readonly Utf8JsonWriter _writer;
    private readonly ByteArena _arena = new();
    private readonly TextCache _texts = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _repeated;

    public JsonRowMapper(ImportMapping mapping, FieldValues values)
    {
        _values = values;
        _ignoreOthers = mapping.IgnoreOtherMembers;
        foreach (var column in mapping.Columns)
        {
            _root.Add([column.Source], column);
            if (column.Source.Contains('.'))
                _root.Add(column.Source.Split('.'), column);
        }
        _writer = new Utf8JsonWriter(_attributes, new JsonWriterOptions { SkipValidation = true, Encoder = Encoder });
    }

    /// <summary>Characters stay as they are: the text is stored, not put into a page.</summary>
    private static System.Text.Encodings.Web.JavaScriptEncoder Encoder =>
        System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <exception cref="JsonException">The value is not valid JSON.</exception>
    public void Map(ContactRow row, ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value, ReaderOptions);
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            if (Text(ref reader) is { } address)
                _values.Set(row, ContactField.Email, address);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            _attributes.ResetWrittenCount();
            _writer.Reset();
            _names.Clear();
            _repeated = false;
            _writer.WriteStartObject();
            MapObject(row, ref reader, _root);
            _writer.WriteEndObject();
            _writer.Flush();
            if (_attributes.WrittenCount > 2)
                row.Attributes = _repeated ? WithoutRepeats() : _arena.Copy(_attributes.WrittenSpan);
        }
        else
        {
            row.Reject = ImportReason.Of("row-kind");
        }
        if (reader.Read())
            row.Reject = ImportReason.Of("row-several");
        _values.Complete(row);
    }

    public void Dispose() => _writer.Dispose();

    private void MapObject(ContactRow row, ref Utf8JsonReader reader, Member level)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = level.Find(ref reader);
            if (member is null && (_ignoreOthers || level != _root))
            {
                reader.Read();
                reader.Skip();
                continue;
            }
            if (member is null)
            {
                CopyAttribute(row, ref reader);
                continue;
            }
            reader.Read();
            if (member.Column is { } column)
                MapMember(row, ref reader, column);
            else if (reader.TokenType == JsonTokenType.StartObject)
                MapObject(row, ref reader, member);
            else
                reader.Skip();
        }
    }

    private void MapMember(ContactRow row, ref Utf8JsonReader reader, ColumnMapping column)
    {
        if (column.Field == ContactField.Ignored || reader.TokenType == JsonTokenType.Null)
        {
            reader.Skip();
            return;
        }
        if (column.Field == ContactField.Attribute)
        {
            var name = column.Attribute ?? column.Source;
            if (column.Type == AttributeType.AsIs || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                CopyValue(row, name, ref reader);
            else if (Text(ref reader) is { Length: > 0 } text)
                WriteTyped(row, name, text, column.Type);
            return;
        }
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            row.AddNote(ImportReason.Of("column-single", column.Source));
            reader.Skip();
        }
        else if (Text(ref reader) is { } value)
        {
            _values.Set(row, column.Field, value);
        }
        else
        {
            row.AddNote(ImportReason.Of("column-text", column.Source));
        }
    }

    private void WriteTyped(ContactRow row, string name, string text, AttributeType type)
    {
        Claim(name);
        if (!FieldValues.TryWriteAttribute(_writer, name, text, type))
            row.AddNote(ImportReason.Of("column-type", name, type));
    }

    private void CopyAttribute(ContactRow row, ref Utf8JsonReader reader)
    {
        var name = Text(ref reader);
        reader.Read();
        if (name is null)
            reader.Skip();
        else
            CopyValue(row, name, ref reader);
    }

    // A value the database would refuse (NUL, half a surrogate pair, a number beyond any range) is left out, not the contact.
    private void CopyValue(ContactRow row, string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null || name.Contains('\0'))
        {
            reader.Skip();
            return;
        }
        Claim(name);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var check = reader;
            if (IsStorable(ref check))
            {
                _writer.WritePropertyName(name);
                CopyTree(ref reader);
                return;
            }
            reader.Skip();
        }
        else if (IsStorableScalar(ref reader))
        {
            _writer.WritePropertyName(name);
            CopyScalar(ref reader);
            return;
        }
        row.AddNote(ImportReason.Of("column-stored", name));
    }

    private bool IsStorable(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        do
        {
            if (!IsStorableScalar(ref reader))
                return false;
        } while (reader.Read() && reader.CurrentDepth > depth);
        return true;
    }

    private bool IsStorableScalar(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.String or JsonTokenType.PropertyName => !reader.ValueIsEscaped || Text(ref reader) is not null,
            JsonTokenType.Number => IsStorableNumber(reader.ValueSpan),
            _ => true,
        };

    // PostgreSQL numeric: up to 131,072 digits before the point and 16,383 behind; a double's range is well inside and enough.
    private static bool IsStorableNumber(ReadOnlySpan<byte> number) =>
        number.Length <= 100
        && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
        && (value != 0 || number.IndexOfAny((byte)'e', (byte)'E') < 0);

    private void CopyTree(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        do
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    _writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    _writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    _writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    _writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName when reader.ValueIsEscaped:
                    _writer.WritePropertyName(reader.GetString()!);
                    break;
                case JsonTokenType.PropertyName:
                    _writer.WritePropertyName(reader.ValueSpan);
                    break;
                default:
                    CopyScalar(ref reader);
                    break;
            }
        } while (!(reader.CurrentDepth == depth && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) && reader.Read());
    }

    private void CopyScalar(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String when reader.ValueIsEscaped:
                _writer.WriteStringValue(reader.GetString());
                break;
            case JsonTokenType.String:
                _writer.WriteStringValue(reader.ValueSpan);
                break;
            case JsonTokenType.Number:
                _writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                _writer.WriteBooleanValue(reader.TokenType == JsonTokenType.True);
                break;
            default:
                _writer.WriteNullValue();
                break;
        }
    }

    // The text of a scalar or name; null when it holds NUL or half a surrogate pair.
    private string? Text(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
            case JsonTokenType.String or JsonTokenType.PropertyName when !reader.ValueIsEscaped:
                return _texts.Get(reader.ValueSpan);
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
        }
        try
        {
            var text = reader.GetString();
            return text is null || text.Contains('\0') ? null : text;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Claim(string name) => _repeated |= !_names.Add(name);

    // A member that appears twice counts with its last value, as in most readers (RFC 8259 §4 leaves it open).
    private byte[] WithoutRepeats()
    {
        var last = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        using var document = JsonDocument.Parse(_attributes.WrittenMemory);
        foreach (var member in document.RootElement.EnumerateObject())
            last[member.Name] = member.Value;
        return JsonSerializer.SerializeToUtf8Bytes(last);
    }

    /// <summary>One level of the member names that the mapping knows.</summary>
    private sealed class Member(byte[]? name)
    {
        private readonly List<Member> _members = [];

        public ColumnMapping? Column { get; private set; }

        public void Add(ReadOnlySpan<string> path, ColumnMapping column)
        {
            var wanted = Encoding.UTF8.GetBytes(path[0]);
            var member = _members.FirstOrDefault(m => m.Name.SequenceEqual(wanted));
            if (member is null)
                _members.Add(member = new Member(wanted));
            if (path.Length == 1)
                member.Column ??= column;
            else
                member.Add(path[1..], column);
        }

        public Member? Find(ref Utf8JsonReader reader)
        {
            foreach (var member in _members)
            {
                if (reader.ValueTextEquals(member.Name))
                    return member;
            }
            return null;
        }

        private byte[] Name => name!;
    }
}
