using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>HTTP Basic (RFC 7617): <c>user:password</c> from the Authorization header or from the address that the provider was given.</summary>
internal static class BasicCredentials
{
    public static string? Refusal(CallbackCall call, CallbackSecret secret) => Refusal(call.Request, secret.Values);

    public static string? Refusal(CallbackRequest request, IReadOnlyList<string> accepted)
    {
        var given = FromHeader(request) ?? FromUrl(request.Url);
        if (given is null)
            return "The call carries no user and password.";
        // A plain & instead of &&: the time must not tell which of the secrets matched.
        var matches = accepted.Aggregate(seed: false, (found, expected) => found | Same(given, expected));
        return matches ? null : "User and password are wrong.";
    }

    /// <summary>Compares in a time that depends neither on the content nor on the length of the expected text.</summary>
    public static bool Same(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(expected))
        );

    private static string? FromHeader(CallbackRequest request)
    {
        const string scheme = "Basic ";
        var values = request.HeaderValues("Authorization").Take(2).ToList();
        if (values is not [var value] || !value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        return SignatureBytes.FromBase64(value[scheme.Length..]) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
    }

    private static string? FromUrl(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
            return null;
        start += 3;
        var end = url.AsSpan(start).IndexOfAny('/', '?', '#');
        var authority = end < 0 ? url[start..] : url.Substring(start, end);
        var at = authority.LastIndexOf('@');
        return at < 0 ? null : Uri.UnescapeDataString(authority[..at]);
    }
}

/// <summary>Bytes of signatures and keys as they stand in headers and settings.</summary>
internal static class SignatureBytes
{
    /// <summary>The bytes, or null when the text is no Base64.</summary>
    public static byte[]? FromBase64(string text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
