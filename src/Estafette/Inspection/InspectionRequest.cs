using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Inspection;

/// <summary>One document and the options it is looked at with.</summary>
internal sealed record InspectionRequest
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The document as it came.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>phone: country of national numbers.</summary>
    public string? Region { get; init; }

    /// <summary>spf: address of the client.</summary>
    public string? Ip { get; init; }

    /// <summary>spf: name the client gave.</summary>
    public string? Helo { get; init; }

    /// <summary>spf: return path.</summary>
    public string? From { get; init; }

    /// <summary>spf and dkim: resolver as HOST:PORT.</summary>
    public string? Dns { get; init; }

    /// <summary>template: a JSON object.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>webhook: who calls.</summary>
    public string? Provider { get; init; }

    /// <summary>webhook: the address that was called.</summary>
    public string? Url { get; init; }

    /// <summary>webhook: header fields.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>webhook: parameters of the address.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>webhook: what the call is checked with, see <see cref="CallbackSecret.Primary"/>.</summary>
    public string? Secret { get; init; }

    /// <summary>html, text, template and spam: "fr" or "en", for what is written into the result.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The document as text, without byte order mark.</summary>
    /// <exception cref="InspectionFaultException">It is no UTF-8.</exception>
    public string Text()
    {
        var bytes = Input.Span.StartsWith("\uFEFF"u8) ? Input.Span[3..] : Input.Span;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InspectionFaultException("The input is not UTF-8 text.");
        }
    }
}

/// <summary>A document or an option that cannot be read; the message is for whoever sent it, in English.</summary>
internal sealed class InspectionFaultException(string message) : Exception(message);

/// <summary>What became of one request: a result, or what is wrong.</summary>
internal readonly record struct Inspected(InspectionResult? Result, string? Error)
{
    public static Inspected Fault(string error) => new(null, error);

    public static implicit operator Inspected(InspectionResult result) => new(result, null);
}
