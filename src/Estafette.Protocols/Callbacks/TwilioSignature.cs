using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// Twilio's X-Twilio-Signature: Base64 HMAC-SHA1, under the auth token, of the address that Twilio called followed by every form parameter,
/// sorted by name in ordinal order, name and value without separators; a repeated name brings each of its distinct values, sorted.
/// A JSON body is covered by its hash in the query parameter bodySHA256, and the address alone is signed.
/// </summary>
/// <remarks>Twilio writes the port sometimes and sometimes not, so both spellings of the address are tried.</remarks>
internal static class TwilioSignature
{
    private const string Header = "X-Twilio-Signature";
    private const string BodyHash = "bodySHA256";

    public static string? Refusal(CallbackCall call, CallbackSecret secret)
    {
        var request = call.Request;
        if (request.SingleHeader(Header, out var refusal) is not { } given)
            return refusal;
        var hash = request.Query[BodyHash];
        if (hash is not null && !BasicCredentials.Same(hash, Convert.ToHexStringLower(SHA256.HashData(request.Body.Span))))
            return "The hash of the body in the address does not match the body.";
        if (hash is null && request.HasJsonBody)
            return $"The address of a JSON call has no {BodyHash}, so nothing covers the body.";
        var parameters = hash is null ? Joined(call.Form) : "";
        var matches = false;
        foreach (var url in Spellings(request.Url))
        {
            foreach (var token in secret.Values)
                matches |= BasicCredentials.Same(given, Sign(token, url + parameters));
        }
        return matches ? null : "The signature does not match.";
    }

    /// <summary>The signature of a text.</summary>
    public static string Sign(string token, string text) =>
#pragma warning disable CA5350 // Twilio offers nothing else; HMAC-SHA1 is not broken by collisions of SHA-1.
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    private static string Joined(FormBody form)
    {
        var joined = new StringBuilder();
        var sorted = form.Parameters.Distinct().OrderBy(p => p.Key, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal);
        foreach (var (name, value) in sorted)
            joined.Append(name).Append(value);
        return joined.ToString();
    }

    /// <summary>The address as given, and with its port taken away or, when it has none, the usual one added.</summary>
    private static IEnumerable<string> Spellings(string url)
    {
        yield return url;
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
            yield break;
        start += 3;
        var length = url.AsSpan(start).IndexOfAny('/', '?', '#');
        var end = length < 0 ? url.Length : start + length;
        var host = url.LastIndexOf('@', end - 1, end - start) + 1;
        var colon = url.LastIndexOf(':', end - 1, end - Math.Max(host, start));
        var hasPort = colon >= 0 && colon + 1 < end && url.AsSpan(colon + 1, end - colon - 1).IndexOfAnyExceptInRange('0', '9') < 0;
        var port = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? ":80" : ":443";
        yield return hasPort ? url.Remove(colon, end - colon) : url.Insert(end, port);
    }
}
