using System.Text.Json;

namespace Estafette.Core.Contacts.Import;

/// <summary>What stands before the first row of a JSON file: tells the container, and opens the array of a wrapped one.</summary>
internal static class JsonPreamble
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = ContactFileReader.MaxDepth };

    /// <summary>The container of a file, read from its beginning; null when it is not JSON.</summary>
    public static JsonContainer? Detect(Utf8Source source)
    {
        while (source.Unread.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            source.Advance(source.Unread.Length);
            if (!source.Fill())
                return null;
        }
        source.Advance(source.Unread.IndexOfAnyExcept(" \t\r\n"u8));
        return source.Unread[0] switch
        {
            (byte)'[' => JsonContainer.Array,
            (byte)'"' => JsonContainer.Lines,
            (byte)'{' => DetectObject(source),
            _ => null,
        };
    }

    /// <summary>Moves behind the bracket that opens the array "contacts"; false with the reason when there is none.</summary>
    public static bool OpenContacts(Utf8Source source, out ImportReason? reason)
    {
        var found = Walk(source, out var ending);
        reason = found ? null : ending ?? ImportReason.Of("contacts-missing");
        return found;
    }

    private static JsonContainer DetectObject(Utf8Source source)
    {
        var scanner = new JsonValueScanner();
        var known = 0;
        while (known < ContactFileReader.MaxRowBytes)
        {
            var ended = scanner.Scan(source.Unread[known..], out var used);
            known += used;
            if (ended || !source.Fill())
                break;
        }
        var first = source.Unread[..known];
        var lines = !first.Contains((byte)'\n');
        if (Walk(source, out _))
            return JsonContainer.Wrapped;
        return lines ? JsonContainer.Lines : JsonContainer.Sequence;
    }

    // Reads tokens from the opening brace on until the array begins or the object ends.
    private static bool Walk(Utf8Source source, out ImportReason? reason)
    {
        reason = null;
        var state = new JsonReaderState(Options);
        var named = false;
        source.Fill();
        SkipSpace(source);
        while (true)
        {
            var reader = new Utf8JsonReader(source.Unread, isFinalBlock: false, state);
            try
            {
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.StartArray && named)
                    {
                        source.Advance((int)reader.BytesConsumed);
                        return true;
                    }
                    named = reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && IsContacts(ref reader);
                    if (reader is { TokenType: JsonTokenType.EndObject, CurrentDepth: 0 })
                        return false;
                }
            }
            catch (JsonException)
            {
                source.Advance((int)reader.BytesConsumed);
                reason = ImportReason.Of("json-invalid");
                return false;
            }
            state = reader.CurrentState;
            source.Advance((int)reader.BytesConsumed);
            if (source.Unread.Length > ContactFileReader.MaxRowBytes || !source.Fill())
            {
                reason = ImportReason.Of("contacts-late");
                return false;
            }
        }
    }

    private static bool IsContacts(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("contacts"u8) || reader.ValueTextEquals("Contacts"u8) || reader.ValueTextEquals("CONTACTS"u8);

    private static void SkipSpace(Utf8Source source)
    {
        var at = source.Unread.IndexOfAnyExcept(" \t\r\n"u8);
        if (at > 0)
            source.Advance(at);
    }
}
