using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Dkim;

/// <summary>
/// Signs composed messages: rsa-sha256 with relaxed/relaxed canonicalisation (RFC 6376, RFC 8301), and where there is a second key also
/// ed25519-sha256 (RFC 8463).
/// </summary>
/// <remarks>
/// Works on the bytes that go on the wire before dot-stuffing. Every field of the header list that the message has is signed, each as often
/// as it occurs; From once more, so that a second one added on the way breaks the signature (RFC 6376 §8.15). No <c>l=</c> (§8.2).
/// Safe for several threads: each signature borrows its own RSA object from a pool.
/// </remarks>
public sealed class DkimSigner : IDisposable
{
    private const int MaxHeaderLine = 76;

    /// <summary>Fields signed by default: those a reader sees, those of RFC 8058 one-click, and the structure of the body.</summary>
    public static readonly IReadOnlyList<string> DefaultHeaders =
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Help",
        "Feedback-ID",
        "Auto-Submitted",
    ];

    private readonly string _pem;
    private readonly byte[] _prefix;
    private readonly byte[]? _secondKey;
    private readonly byte[] _secondPrefix = [];
    private readonly string[] _headers;
    private readonly ConcurrentBag<RSA> _keys = [];
    private volatile bool _disposed;

    /// <summary>Prepares a signer for one domain and selector.</summary>
    /// <param name="domain">Signing domain, <c>d=</c>, as A-labels; aligned with the From domain for DMARC (RFC 7489 §3.1.1).</param>
    /// <param name="selector">Name below <c>_domainkey</c>, <c>s=</c>.</param>
    /// <param name="privateKeyPem">RSA private key.</param>
    /// <param name="headers">Fields to sign; null for <see cref="DefaultHeaders"/>. From is always signed.</param>
    /// <exception cref="ArgumentException">A bad domain, selector, key or field name.</exception>
    public DkimSigner(string domain, string selector, string privateKeyPem, IReadOnlyList<string>? headers = null)
    {
        Domain = CheckName(domain, nameof(domain));
        Selector = CheckName(selector, nameof(selector));
        _pem = privateKeyPem;
        _keys.Add(DkimKey.Load(privateKeyPem));
        _headers = CheckHeaders(headers ?? DefaultHeaders);
        _prefix = Prefix("rsa-sha256", Selector);
    }

    /// <summary>Prepares a signer that puts an Ed25519 signature below that of RSA, for receivers that verify it.</summary>
    /// <param name="domain">As above.</param>
    /// <param name="selector">Selector of the RSA key.</param>
    /// <param name="privateKeyPem">RSA private key.</param>
    /// <param name="second">Selector and key of the second signature; another selector than the first.</param>
    /// <exception cref="ArgumentException">A bad domain, selector or key, or one selector for both.</exception>
    /// <exception cref="PlatformNotSupportedException">OpenSSL 3 is missing; see <see cref="Ed25519.IsAvailable"/>.</exception>
    public DkimSigner(string domain, string selector, string privateKeyPem, DkimSecondKey second)
        : this(domain, selector, privateKeyPem)
    {
        ArgumentNullException.ThrowIfNull(second);
        _secondKey = DkimEd25519Key.Load(second.PrivateKeyPem);
        if (!Ed25519.IsAvailable)
            throw new PlatformNotSupportedException("Preparing a DKIM signer: this machine has no OpenSSL 3 (libcrypto.so.3) for Ed25519.");
        var name = CheckName(second.Selector, nameof(second));
        if (name == Selector)
            throw new ArgumentException($"Preparing a DKIM signer: both keys have the selector '{name}'.", nameof(second));
        _secondPrefix = Prefix("ed25519-sha256", name);
    }

    /// <summary>Signing domain.</summary>
    public string Domain { get; }

    /// <summary>Selector of the key.</summary>
    public string Selector { get; }

    /// <summary>Writes the <c>DKIM-Signature</c> field or fields, folded and ended by CRLF, to be put in front of the message.</summary>
    /// <param name="message">The whole message: header fields, blank line, body; CRLF line ends.</param>
    /// <param name="at">Time of signature, <c>t=</c>.</param>
    /// <param name="headerOut">Where the field goes.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The message has no From field or no readable header.</exception>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public int Sign(ReadOnlySpan<byte> message, DateTimeOffset at, IBufferWriter<byte> headerOut)
    {
        ArgumentNullException.ThrowIfNull(headerOut);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var bodyStart = FindBody(message, out var headerEnd);
        var fields = HeaderFields.Split(message[..headerEnd]);

        if (!HasFrom(message, fields))
            throw new ArgumentException("Signing a message: it has no From field.", nameof(message));
        Span<byte> bodyHash = stackalloc byte[SHA256.HashSizeInBytes];
        RelaxedBody.Hash(message[bodyStart..], bodyHash);
        var work = new Work(message, fields, bodyHash, at);

        using var field = new MimeBuffer(1024);
        using var canonical = new MimeBuffer(4096);
        WriteUnsigned(field, _prefix, work, canonical);
        AppendSignature(field, canonical.WrittenSpan);
        headerOut.Write(field.WrittenSpan);
        return field.Length + (_secondKey is null ? 0 : SignAgain(work, headerOut, field, canonical));
    }

    /// <summary>Frees the keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_keys.TryTake(out var key))
            key.Dispose();
    }

    private static bool HasFrom(ReadOnlySpan<byte> message, List<HeaderField> fields)
    {
        foreach (var field in fields)
        {
            if (field.Is(message, "From"))
                return true;
        }
        return false;
    }

    private int SignAgain(Work work, IBufferWriter<byte> headerOut, MimeBuffer field, MimeBuffer canonical)
    {
        field.Clear();
        canonical.Clear();
        WriteUnsigned(field, _secondPrefix, work, canonical);
        // RFC 8463 §3: what is signed is the SHA-256 hash itself.
        if (!Ed25519.TrySign(_secondKey, SHA256.HashData(canonical.WrittenSpan), out var signature))
            throw new CryptographicException("Signing a message: OpenSSL refused the Ed25519 key.");
        AppendFolded(field, signature);
        headerOut.Write(field.WrittenSpan);
        return field.Length;
    }

    private byte[] Prefix(string algorithm, string selector) =>
        Encoding.ASCII.GetBytes($"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={Domain};\r\n s={selector}; t=");

    // Everything up to "b=", and beside it the canonical form of the signed fields in the order of h= and of the field itself.
    private void WriteUnsigned(MimeBuffer field, byte[] prefix, Work work, MimeBuffer canonical)
    {
        var message = work.Message;
        var fields = work.Fields;
        field.Write(prefix);
        field.WriteUtf8(work.At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        field.Write(";\r\n h="u8);
        var column = 3;
        var first = true;
        foreach (var name in _headers)
        {
            // RFC 6376 §5.4.2: several fields of one name are signed from the last to the first.
            for (var i = fields.Count - 1; i >= 0; i--)
            {
                if (!fields[i].Is(message, name))
                    continue;
                RelaxedHeader.Append(canonical, fields[i].Of(message), withLineEnd: true);
                AppendName(field, name, ref column, ref first);
            }
            if (name != "From")
                continue;
            // A name listed once more than it occurs signs its absence (RFC 6376 §5.4).
            AppendName(field, name, ref column, ref first);
        }
        field.Write(";\r\n bh="u8);
        AppendBase64(field, work.BodyHash);
        field.Write(";\r\n b="u8);
        RelaxedHeader.Append(canonical, field.WrittenSpan, withLineEnd: false);
    }

    private void AppendSignature(MimeBuffer field, ReadOnlySpan<byte> canonical)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical, hash);
        Span<byte> signature = stackalloc byte[1024];
        if (!_keys.TryTake(out var rsa))
            rsa = DkimKey.Load(_pem);
        try
        {
            var length = rsa.SignHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            signature = signature[..length];
        }
        finally
        {
            if (_disposed)
                rsa.Dispose();
            else
                _keys.Add(rsa);
        }
        AppendFolded(field, signature);
    }

    private static void AppendFolded(MimeBuffer field, ReadOnlySpan<byte> signature)
    {
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(1024)];
        Base64.EncodeToUtf8(signature, text, out _, out var written);
        var rest = (ReadOnlySpan<byte>)text[..written];
        var room = MaxHeaderLine - 3;
        while (!rest.IsEmpty)
        {
            var count = Math.Min(room, rest.Length);
            field.Write(rest[..count]);
            rest = rest[count..];
            // RFC 6376 §3.5: white space inside the base64 of b= is ignored.
            field.Write(rest.IsEmpty ? "\r\n"u8 : "\r\n "u8);
            room = MaxHeaderLine - 1;
        }
    }

    private static void AppendName(MimeBuffer field, string name, ref int column, ref bool first)
    {
        if (!first)
        {
            field.WriteByte((byte)':');
            column++;
            if (column + name.Length + 1 > MaxHeaderLine)
            {
                field.Write("\r\n "u8);
                column = 1;
            }
        }
        field.WriteUtf8(name);
        column += name.Length;
        first = false;
    }

    private static void AppendBase64(MimeBuffer field, ReadOnlySpan<byte> bytes)
    {
        var target = field.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, target, out _, out var written);
        field.Advance(written);
    }

    private static int FindBody(ReadOnlySpan<byte> message, out int headerEnd)
    {
        var blank = message.IndexOf("\r\n\r\n"u8);
        if (blank >= 0)
        {
            headerEnd = blank + 2;
            return blank + 4;
        }
        headerEnd = message.Length;
        return message.Length;
    }

    private static string CheckName(string name, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        var lower = name.ToLowerInvariant();
        var good = lower.Length is > 0 and <= 253 && lower.Split('.').All(IsLabel);
        return good
            ? lower
            : throw new ArgumentException(
                $"Preparing a DKIM signer: '{name}' is not a {parameter} (letters, digits, hyphens, dots; A-labels).",
                parameter
            );
    }

    // RFC 6376 §3.1: sub-domain of RFC 5321; underscores occur in published selectors.
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')
        && label[0] != '-'
        && label[^1] != '-';

    private static string[] CheckHeaders(IReadOnlyList<string> headers)
    {
        var list = new List<string> { "From" };
        foreach (var name in headers)
        {
            if (!MimeHeaders.IsFieldName(name) || name.Contains(';', StringComparison.Ordinal))
                throw new ArgumentException($"Preparing a DKIM signer: '{name}' is not a header field name.", nameof(headers));
            if (!list.Contains(name, StringComparer.OrdinalIgnoreCase))
                list.Add(name);
        }
        return [.. list];
    }

    /// <summary>What both signatures are over.</summary>
    private readonly ref struct Work(ReadOnlySpan<byte> message, List<HeaderField> fields, ReadOnlySpan<byte> bodyHash, DateTimeOffset at)
    {
        internal ReadOnlySpan<byte> Message { get; } = message;
        internal List<HeaderField> Fields { get; } = fields;
        internal ReadOnlySpan<byte> BodyHash { get; } = bodyHash;
        internal DateTimeOffset At { get; } = at;
    }
}

/// <summary>Selector and Ed25519 private key of a second signature.</summary>
/// <param name="Selector">Name below <c>_domainkey</c>, another than that of the RSA key.</param>
/// <param name="PrivateKeyPem">Private key as of <see cref="DkimEd25519Key"/>; a secret.</param>
public sealed record DkimSecondKey(string Selector, string PrivateKeyPem)
{
    /// <summary>Does not show the private key.</summary>
    public override string ToString() => $"DkimSecondKey {Selector}";
}
