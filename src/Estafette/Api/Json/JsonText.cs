using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Estafette.Api.Json;

/// <summary>
/// What the JSON reader takes and nobody can read afterwards: octets that are no UTF-8, and half a surrogate pair in a name (RFC 8259 §8). One in a value is
/// told by whoever reads the field, under its name.
/// </summary>
internal static class JsonText
{
    /// <summary>Where the first fault stands, from 0; -1: none, or the text is no JSON at all.</summary>
    public static int FaultAt(ReadOnlySpan<byte> text, JsonDocumentOptions options)
    {
        if (!Utf8.IsValid(text))
            return BrokenAt(text);
        var reader = new Utf8JsonReader(
            text,
            new JsonReaderOptions { AllowTrailingCommas = options.AllowTrailingCommas, MaxDepth = options.MaxDepth }
        );
        try
        {
            while (reader.Read())
                if (reader is { TokenType: JsonTokenType.PropertyName, ValueIsEscaped: true } && !CanBeRead(ref reader))
                    return (int)reader.TokenStartIndex;
        }
        catch (JsonException)
        {
            return -1;
        }
        return -1;
    }

    /// <summary>Line and place in it, both from 1.</summary>
    public static (int Line, int Column) PlaceOf(ReadOnlySpan<byte> text, int at)
    {
        var before = text[..at];
        return (before.Count((byte)'\n') + 1, at - before.LastIndexOf((byte)'\n'));
    }

    private static bool CanBeRead(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static int BrokenAt(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
