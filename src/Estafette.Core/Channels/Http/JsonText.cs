using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Channels.Http;

/// <summary>JSON bodies: text as it is where JSON allows, half characters replaced instead of failing the message.</summary>
internal static class JsonText
{
    // HTML stays readable and short: the body goes to a JSON parser, never into a page.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = false,
    };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>Writes a property, leaving it out when there is no value.</summary>
    public static void Property(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
            return;
        json.WritePropertyName(name);
        json.Text(value);
    }

    /// <summary>Writes files as an array of objects; nothing when there are none.</summary>
    public static void Attachments(this Utf8JsonWriter json, ReadOnlySpan<byte> array, IEnumerable<MimeAttachment> files, FileFields fields)
    {
        if (!files.Any())
            return;
        json.WritePropertyName(array);
        json.AttachmentArray(files, fields);
    }

    /// <summary>The array alone.</summary>
    public static void AttachmentArray(this Utf8JsonWriter json, IEnumerable<MimeAttachment> files, FileFields fields)
    {
        json.WriteStartArray();
        foreach (var file in files)
        {
            json.WriteStartObject();
            json.WritePropertyName(fields.Name);
            json.Text(file.FileName);
            if (fields.Type is { } type)
                json.WriteString(type, file.ContentType);
            json.WriteBase64String(fields.Content, file.Content.Span);
            if (file.ContentId is { } id && fields.ContentId is { } idName)
            {
                json.WriteString(idName, fields.IdPrefix + id);
                if (fields.Disposition is { } disposition)
                    json.WriteString(disposition, "inline");
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes a string value; a lone surrogate becomes U+FFFD.</summary>
    public static void Text(this Utf8JsonWriter json, string value)
    {
        if (value.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            json.WriteStringValue(Encoding.UTF8.GetBytes(value));
        else
            json.WriteStringValue(value);
    }

    /// <summary>Writes further headers as an object.</summary>
    public static void HeaderObject(this Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> headers)
    {
        json.WriteStartObject();
        foreach (var (name, value) in headers.DistinctBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
        {
            json.WritePropertyName(name);
            json.Text(value);
        }
        json.WriteEndObject();
    }
}
