using System.Security.Cryptography;

namespace Estafette.Protocols.Dkim;

/// <summary>A published key (RFC 6376 §3.6.1).</summary>
/// <param name="KeyType"><c>k=</c>: "rsa" unless said otherwise, or "ed25519" (RFC 8463 §4.1), or something not known here.</param>
/// <param name="PublicKey"><c>p=</c>: for RSA the DER of a key, for Ed25519 its 32 bytes; empty when revoked.</param>
public sealed record DkimKeyRecord(string KeyType, ReadOnlyMemory<byte> PublicKey)
{
    /// <summary><c>h=</c>: hashes the key may be used with; empty for all.</summary>
    public IReadOnlyList<string> Hashes { get; init; } = [];

    /// <summary><c>s=</c>: services the key may be used for; "*" for all.</summary>
    public IReadOnlyList<string> Services { get; init; } = ["*"];

    /// <summary><c>t=y</c>: the domain is trying DKIM out.</summary>
    public bool IsTest { get; init; }

    /// <summary><c>t=s</c>: the domain of <c>i=</c> must be that of <c>d=</c>, not one below it.</summary>
    public bool IsStrict { get; init; }

    /// <summary><c>n=</c>: notes for people, or null.</summary>
    public string? Notes { get; init; }

    /// <summary>An empty <c>p=</c>: the key is no longer valid.</summary>
    public bool IsRevoked => PublicKey.IsEmpty;

    /// <summary>Whether signatures with SHA-256 on mail may be made with it.</summary>
    public bool ServesMail =>
        (Hashes.Count == 0 || Hashes.Contains("sha256", StringComparer.Ordinal))
        && (Services.Contains("*", StringComparer.Ordinal) || Services.Contains("email", StringComparer.Ordinal));

    /// <summary>Reads the value of a TXT record, its strings joined.</summary>
    /// <param name="value">Value.</param>
    /// <param name="problem">Why it is no key record, in words; null when it is.</param>
    /// <returns>The record, or null.</returns>
    public static DkimKeyRecord? Parse(string value, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!TagList.TryParse(value, out var tags, out problem))
            return null;
        // §3.6.1: v= need not be there, but stands first when it is.
        if (tags["v"] is { } version && (version != "DKIM1" || tags.First != "v"))
            problem = "its version is not DKIM1";
        else if (tags.Compact("p") is null)
            problem = "tag p is missing";
        if (problem is not null)
            return null;
        var key = new byte[tags.Compact("p")!.Length];
        if (!Convert.TryFromBase64String(tags.Compact("p")!, key, out var length))
        {
            problem = "its key is not base64";
            return null;
        }
        var flags = List(tags, "t");
        return new DkimKeyRecord(tags["k"] ?? "rsa", key.AsMemory(0, length))
        {
            Hashes = List(tags, "h"),
            Services = List(tags, "s") is { Count: > 0 } services ? services : ["*"],
            IsTest = flags.Contains("y", StringComparer.Ordinal),
            IsStrict = flags.Contains("s", StringComparer.Ordinal),
            Notes = tags["n"],
        };
    }

    /// <summary>Compares what is published at a name with our own key.</summary>
    /// <param name="published">Values of the TXT records found at <c>selector._domainkey.domain</c>; none when there are none.</param>
    /// <param name="ours">Our record value, as <see cref="DkimKey.RecordValue"/>.</param>
    /// <exception cref="ArgumentException">Ours is no key record.</exception>
    public static DkimKeyComparison Compare(IReadOnlyList<string> published, string ours)
    {
        ArgumentNullException.ThrowIfNull(published);
        var own = Parse(ours, out var problem) ?? throw new ArgumentException($"Reading our own key record: {problem}.", nameof(ours));
        var records = published.Select(text => Parse(text, out problem)).OfType<DkimKeyRecord>().ToList();
        return (published.Count, records) switch
        {
            (0, _) => new(DkimKeyMatch.Missing, "no key record"),
            (_, []) => new(DkimKeyMatch.Different, problem ?? "no key record"),
            // §3.6.2.2: what a verifier does with several is undefined.
            (_, [_, _, ..]) => new(DkimKeyMatch.Different, $"{records.Count} key records, of which verifiers take any"),
            (_, [{ IsRevoked: true }]) => new(DkimKeyMatch.Revoked, "the key is revoked"),
            (_, [var one]) when one.KeyType != own.KeyType || !one.Normalised().SequenceEqual(own.Normalised()) => new(
                DkimKeyMatch.Different,
                "another key"
            ),
            (_, [{ ServesMail: false }]) => new(DkimKeyMatch.Different, "the record forbids the key for mail signed with SHA-256"),
            _ => new(DkimKeyMatch.Ok, null),
        };
    }

    /// <summary>Loads an RSA key, written as SubjectPublicKeyInfo like everybody does or as RSAPublicKey like the RFC says (erratum 3017).</summary>
    internal RSA? LoadRsa()
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(PublicKey.Span, out _);
            return rsa;
        }
        catch (CryptographicException) { }
        try
        {
            rsa.ImportRSAPublicKey(PublicKey.Span, out _);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private ReadOnlySpan<byte> Normalised()
    {
        if (KeyType != "rsa")
            return PublicKey.Span;
        using var rsa = LoadRsa();
        return rsa is null ? PublicKey.Span : rsa.ExportSubjectPublicKeyInfo();
    }

    private static IReadOnlyList<string> List(TagList tags, string name) => tags.Compact(name)?.Split(':') ?? [];
}

/// <summary>Whether a published key is ours.</summary>
public enum DkimKeyMatch
{
    /// <summary>It is.</summary>
    Ok,

    /// <summary>Nothing is published at the name.</summary>
    Missing,

    /// <summary>The record says that its key is no longer valid.</summary>
    Revoked,

    /// <summary>Something else is published, or our key in a way that does not serve.</summary>
    Different,
}

/// <summary>What comparing a published key with ours came to.</summary>
/// <param name="Match">Result.</param>
/// <param name="Problem">What is wrong, in words; null when nothing is.</param>
public sealed record DkimKeyComparison(DkimKeyMatch Match, string? Problem);
