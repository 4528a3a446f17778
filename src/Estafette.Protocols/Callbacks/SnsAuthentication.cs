using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// Believes a topic's call when its signature verifies under a certificate that lies at the provider itself and its topic is configured;
/// or when it carries the configured user and password. Signature version 1 is RSA with SHA-1, version 2 with SHA-256 (PKCS #1 v1.5).
/// </summary>
/// <remarks>Anybody may own a topic, and every topic's messages are signed by the same certificate: the signature alone proves nothing.</remarks>
internal sealed partial class SnsAuthentication(Regex host)
{
    private const string ArnStart = "arn:";
    private static readonly char[] _separators = [' ', ',', ';', '\n', '\r', '\t'];

    public static readonly SnsAuthentication OfAmazon = new(AmazonHost());
    public static readonly SnsAuthentication OfScaleway = new(ScalewayHost());

    public string? Refusal(CallbackCall call, CallbackSecret secret)
    {
        List<string> passwords = [.. secret.Values.Where(v => !IsArn(v))];
        var topics = Topics(secret);
        var unknown = passwords.Count == 0 ? null : BasicCredentials.Refusal(call.Request, passwords);
        if (passwords.Count > 0 && unknown is null)
            return null;
        if (topics.Count == 0)
            return unknown;
        if (SnsMessage.In(call.Json) is not { } message)
            return "The call is no signed message of a topic.";
        if (!topics.Contains(message.TopicArn, StringComparer.Ordinal))
            return "The topic of the call is not one of the configured topics.";
        return SignatureRefusal(call, message, secret);
    }

    public SnsSubscription? Subscription(CallbackCall call, CallbackSecret secret)
    {
        if (SnsMessage.In(call.Json) is not { IsSubscription: true } message)
            return null;
        var url = message.Envelope["SubscribeURL"].Text;
        return new SnsSubscription(
            message.Type,
            message.TopicArn,
            Pinned(url),
            Topics(secret).Contains(message.TopicArn, StringComparer.Ordinal)
        );
    }

    /// <summary>The address of the certificate when it lies at the provider: https, its own host, usual port, a <c>.pem</c> file, nothing after it.</summary>
    public Uri? CertificateUrl(CallbackCall call)
    {
        if (SnsMessage.In(call.Json) is not { } message)
            return null;
        var url = Pinned(message.Envelope.FirstText("SigningCertURL", "SigningCertUrl"));
        return url is { Query: "" } && url.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) ? url : null;
    }

    private string? SignatureRefusal(CallbackCall call, SnsMessage message, CallbackSecret secret)
    {
        HashAlgorithmName? hash = message.Envelope["SignatureVersion"].Text switch
        {
            "1" => HashAlgorithmName.SHA1,
            "2" => HashAlgorithmName.SHA256,
            _ => null,
        };
        if (hash is null)
            return "The signature is of an unknown version.";
        if (SignatureBytes.FromBase64(message.Envelope["Signature"].Text ?? "") is not { Length: > 0 } signature)
            return "The signature is missing or not Base64.";
        if (CertificateUrl(call) is not { } url)
            return "The address of the signing certificate does not lead to the provider.";
        if (secret.SigningCertificate?.Invoke(url) is not { } pem)
            return "The signing certificate cannot be obtained.";
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            var now = call.Request.ReceivedAt.UtcDateTime;
            if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
                return "The signing certificate is not valid now.";
            using var key = certificate.GetRSAPublicKey();
            if (key is null)
                return "The signing certificate holds no RSA key.";
            return key.VerifyData(message.SignedText(), signature, hash.Value, RSASignaturePadding.Pkcs1)
                ? null
                : "The signature does not match the message.";
        }
        catch (CryptographicException)
        {
            return "The signing certificate cannot be read.";
        }
    }

    private Uri? Pinned(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri is { Scheme: "https", IsDefaultPort: true, UserInfo: "", Fragment: "" }
        && host.IsMatch(uri.IdnHost)
            ? uri
            : null;

    private static bool IsArn(string value) => value.StartsWith(ArnStart, StringComparison.Ordinal);

    private static List<string> Topics(CallbackSecret secret) =>
        [.. secret.Values.Where(IsArn).SelectMany(v => v.Split(_separators, StringSplitOptions.RemoveEmptyEntries))];

    [GeneratedRegex(@"\Asns\.[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AmazonHost();

    // From memory, unverified; an address elsewhere is refused, and user and password remain.
    [GeneratedRegex(@"\Asns\.mnq\.[a-z]{2}-[a-z]{3}\.scaleway\.com\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ScalewayHost();
}
