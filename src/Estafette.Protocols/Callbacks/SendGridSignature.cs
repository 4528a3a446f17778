using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// SendGrid's signed event webhook: ECDSA on P-256 with SHA-256 over the bytes of the timestamp header followed by the raw body;
/// the signature is a Base64 DER sequence (RFC 3279 §2.2.3), the key a Base64 SubjectPublicKeyInfo (RFC 5480).
/// </summary>
internal static class SendGridSignature
{
    private const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
    private const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";
    private const int KeyBits = 256;

    public static string? Refusal(CallbackCall call, CallbackSecret secret)
    {
        var request = call.Request;
        if (request.SingleHeader(SignatureHeader, out var refusal) is not { } signatureText)
            return refusal;
        if (request.SingleHeader(TimestampHeader, out refusal) is not { } timestamp)
            return refusal;
        if (SignatureBytes.FromBase64(signatureText) is not { } signature)
            return "The signature is not Base64.";
        if (SignedTime.Refusal(timestamp, request.ReceivedAt, secret.MaxAge) is { } old)
            return old;
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), .. request.Body.Span];
        refusal = null;
        foreach (var key in secret.Values)
        {
            refusal = Verify(key, signed, signature);
            if (refusal is null)
                return null;
        }
        return refusal;
    }

    private static string? Verify(string publicKey, byte[] signed, byte[] signature)
    {
        var bare = string.Concat(publicKey.Split('\n').Where(l => !l.StartsWith("--", StringComparison.Ordinal)).Select(l => l.Trim()));
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(SignatureBytes.FromBase64(bare), out _);
            if (key.KeySize != KeyBits)
                return "The configured public key is not on the curve P-256.";
        }
        catch (CryptographicException)
        {
            return "The configured public key is not a Base64 public key.";
        }
        try
        {
            return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
                ? null
                : "The signature does not match the body.";
        }
        catch (CryptographicException)
        {
            return "The signature is not a DER sequence of two numbers.";
        }
    }
}

/// <summary>The age of a signature that carries its time.</summary>
internal static class SignedTime
{
    /// <param name="unixSeconds">As it stands in the call.</param>
    /// <returns>A sentence when it is no time, or further from <paramref name="now"/> than allowed, either way.</returns>
    public static string? Refusal(string? unixSeconds, DateTimeOffset now, TimeSpan maxAge)
    {
        if (!long.TryParse(unixSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return "The signed time is not a number of seconds.";
        var difference = Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds);
        return difference <= (decimal)maxAge.TotalSeconds ? null : $"The signed time is more than {maxAge.TotalMinutes:0.#} minutes away.";
    }
}
