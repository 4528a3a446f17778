using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>Mailgun: hexadecimal HMAC-SHA256 of timestamp and token under the signing key. The events themselves are not covered.</summary>
/// <remarks>So the token may be used only once, which the caller watches over: whoever has seen one call could send another body with it.</remarks>
internal static class MailgunSignature
{
    public static string? Refusal(CallbackCall call, CallbackSecret secret)
    {
        var signature = call.Json["signature"];
        var (timestamp, token, given) = (signature["timestamp"].Text, signature["token"].Text, signature["signature"].Text);
        if (timestamp is null || token is null || given is null)
            return "The call carries no signature of timestamp and token.";
        if (SignedTime.Refusal(timestamp, call.Request.ReceivedAt, secret.MaxAge) is { } old)
            return old;
        var signed = Encoding.UTF8.GetBytes(timestamp + token);
        var matches = secret.Values.Aggregate(
            seed: false,
            (found, key) =>
                found
                | BasicCredentials.Same(
                    given.ToLowerInvariant(),
                    Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed))
                )
        );
        return matches ? null : "The signature does not match.";
    }

    public static string? Token(CallbackCall call) => call.Json["signature"]["token"].Text;
}
