using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafette.Core.Automations.Webhooks;

/// <summary>Lets the other side see that a call comes from us and is not an old one played again.</summary>
/// <remarks>
/// <c>Estafette-Signature: t=SECONDS,v1=HEX</c>; HEX is HMAC-SHA256, keyed with the automation's secret, over SECONDS, a dot and the body. The receiver
/// computes it, compares in constant time, and refuses times that are more than five minutes away.
/// </remarks>
public static class WebhookSignature
{
    public const string Header = "Estafette-Signature";

    public static string Of(string secret, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(mac)}";
    }
}
