using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Estafette.Core.Tracking;

/// <summary>Rows for one batch statement, as a JSON array of arrays that both databases can read.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A writer over memory; nothing is lost when it is collected.")]
internal sealed class JsonRows
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;

    public JsonRows()
    {
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartArray();
    }

    public int Count { get; private set; }

    /// <summary>Adds a row of numbers, texts and nulls.</summary>
    public void Row(params ReadOnlySpan<object?> cells)
    {
        _json.WriteStartArray();
        foreach (var cell in cells)
            switch (cell)
            {
                case null:
                    _json.WriteNullValue();
                    break;
                case string text:
                    _json.WriteStringValue(text);
                    break;
                default:
                    _json.WriteNumberValue(Convert.ToInt64(cell, System.Globalization.CultureInfo.InvariantCulture));
                    break;
            }
        _json.WriteEndArray();
        Count++;
    }

    /// <summary>The finished text.</summary>
    public string Text()
    {
        _json.WriteEndArray();
        _json.Flush();
        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }
}
