using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Dkim;

/// <summary>An RSA signing key and the DNS record that publishes its other half (RFC 6376 §3.6.1).</summary>
/// <param name="PrivateKeyPem">PKCS#8 private key in PEM; a secret.</param>
/// <param name="RecordValue">Value of the TXT record at <c>selector._domainkey.domain</c>, as one text.</param>
public sealed record DkimKey(string PrivateKeyPem, string RecordValue)
{
    private const int MaxDnsString = 255;

    /// <summary>Smallest key accepted for signing (RFC 8301 §3.2); new keys have 2048 bits or more.</summary>
    public const int MinimumBits = 1024;

    /// <summary>Makes a new key.</summary>
    /// <param name="bits">2048 (default) to 4096. Above 2048 some DNS hosts refuse the record.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2048 bits or more than 4096.</exception>
    public static DkimKey Generate(int bits = 2048)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2048);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 4096);
        using var rsa = RSA.Create(bits);
        return new DkimKey(rsa.ExportPkcs8PrivateKeyPem(), Record(rsa));
    }

    /// <summary>Reads a private key made elsewhere (PKCS#1 or PKCS#8 PEM).</summary>
    /// <exception cref="ArgumentException">Not an unencrypted RSA private key in PEM, or fewer than 1024 bits.</exception>
    public static DkimKey FromPem(string privateKeyPem)
    {
        using var rsa = Load(privateKeyPem);
        return new DkimKey(rsa.ExportPkcs8PrivateKeyPem(), Record(rsa));
    }

    /// <summary>The record value cut into strings of at most 255 bytes, as a TXT record holds them (RFC 1035 §3.3.14).</summary>
    public IReadOnlyList<string> RecordStrings => [.. RecordValue.Chunk(MaxDnsString).Select(c => new string(c))];

    /// <summary>The record value as it stands in a zone file: quoted strings between spaces.</summary>
    public string ZoneFileValue => string.Join(' ', RecordStrings.Select(s => $"\"{s}\""));

    /// <summary>Does not show the private key.</summary>
    public override string ToString() => $"DkimKey {RecordValue}";

    internal static RSA Load(string privateKeyPem)
    {
        ArgumentNullException.ThrowIfNull(privateKeyPem);
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(privateKeyPem);
            _ = rsa.ExportParameters(includePrivateParameters: true);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
            throw new ArgumentException(
                "Reading a DKIM key: expected an unencrypted RSA private key in PEM (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY).",
                nameof(privateKeyPem),
                e
            );
        }
        if (rsa.KeySize < MinimumBits)
        {
            var bits = rsa.KeySize;
            rsa.Dispose();
            throw new ArgumentException(
                $"Reading a DKIM key: {bits} bits are too few, at least {MinimumBits} are required (RFC 8301); make one of 2048.",
                nameof(privateKeyPem)
            );
        }
        return rsa;
    }

    private static string Record(RSA rsa) =>
        new StringBuilder("v=DKIM1; k=rsa; p=").Append(Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())).ToString();
}
