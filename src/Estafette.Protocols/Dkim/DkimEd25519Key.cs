using System.Security.Cryptography;

namespace Estafette.Protocols.Dkim;

/// <summary>An Ed25519 key for a second signature, and the DNS record that publishes its other half (RFC 8463).</summary>
/// <param name="PrivateKeyPem">PKCS#8 private key in PEM (RFC 8410 §7); a secret.</param>
/// <param name="RecordValue">Value of the TXT record at <c>selector._domainkey.domain</c>; it fits into one string.</param>
public sealed record DkimEd25519Key(string PrivateKeyPem, string RecordValue)
{
    // RFC 8410 §10.3: the DER of an Ed25519 key is this and the 32 bytes.
    private static readonly byte[] Prefix = Convert.FromHexString("302e020100300506032b657004220420");

    /// <summary>Makes a new key.</summary>
    /// <exception cref="PlatformNotSupportedException">OpenSSL 3 is missing; see <see cref="Ed25519.IsAvailable"/>.</exception>
    public static DkimEd25519Key Generate()
    {
        var key = RandomNumberGenerator.GetBytes(Ed25519.KeyBytes);
        return new DkimEd25519Key(PemEncoding.WriteString("PRIVATE KEY", [.. Prefix, .. key]), Record(key));
    }

    /// <summary>Reads a private key made elsewhere, such as by <c>openssl genpkey -algorithm ed25519</c>.</summary>
    /// <exception cref="ArgumentException">Not an unencrypted Ed25519 private key in PEM.</exception>
    /// <exception cref="PlatformNotSupportedException">OpenSSL 3 is missing; see <see cref="Ed25519.IsAvailable"/>.</exception>
    public static DkimEd25519Key FromPem(string privateKeyPem) => new(privateKeyPem, Record(Load(privateKeyPem)));

    /// <summary>Does not show the private key.</summary>
    public override string ToString() => $"DkimEd25519Key {RecordValue}";

    /// <summary>The 32 bytes of a private key.</summary>
    internal static byte[] Load(string privateKeyPem)
    {
        ArgumentNullException.ThrowIfNull(privateKeyPem);
        if (PemEncoding.TryFind(privateKeyPem, out var found) && privateKeyPem.AsSpan()[found.Label] is "PRIVATE KEY")
        {
            var bytes = Convert.FromBase64String(privateKeyPem[found.Base64Data]);
            if (bytes.Length == Prefix.Length + Ed25519.KeyBytes && bytes.AsSpan().StartsWith(Prefix))
                return bytes[Prefix.Length..];
        }
        throw new ArgumentException(
            "Reading a DKIM key: expected an unencrypted Ed25519 private key in PEM (BEGIN PRIVATE KEY).",
            nameof(privateKeyPem)
        );
    }

    private static string Record(byte[] key) =>
        Ed25519.TryGetPublicKey(key, out var open)
            ? "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(open)
            : throw new PlatformNotSupportedException("Making an Ed25519 key: this machine has no OpenSSL 3 (libcrypto.so.3).");
}
