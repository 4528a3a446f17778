using System.Globalization;

namespace Estafette.Protocols.Dkim;

/// <summary>The content of one <c>DKIM-Signature</c> field (RFC 6376 §3.5).</summary>
internal sealed record DkimSignature
{
    internal required string Domain { get; init; }
    internal required string Selector { get; init; }
    internal required string Identity { get; init; }
    internal required string Algorithm { get; init; }
    internal required IReadOnlyList<string> Headers { get; init; }
    internal required byte[] BodyHash { get; init; }
    internal required byte[] Signature { get; init; }
    internal bool HasRelaxedHeader { get; init; }
    internal bool HasRelaxedBody { get; init; }

    /// <summary>Bytes of the canonical body that are signed, <c>l=</c>; null for all.</summary>
    internal long? BodyLimit { get; init; }

    /// <summary>Seconds since 1970, <c>x=</c>; null for ever.</summary>
    internal long? Expires { get; init; }

    internal string KeyName => $"{Selector}._domainkey.{Domain}";

    /// <summary>Reads a field, as far as it can be judged alone (RFC 6376 §6.1.1).</summary>
    /// <param name="tags">Its tags.</param>
    /// <param name="problem">Why it cannot be used; null when it can.</param>
    internal static DkimSignature? Read(TagList tags, out string? problem)
    {
        problem = FindProblem(tags);
        if (problem is not null)
            return null;
        var canonicalisation = (tags["c"] ?? "simple").Split('/');
        var domain = DomainOf(tags);
        return new DkimSignature
        {
            Domain = domain,
            Selector = SelectorOf(tags),
            Identity = tags.Compact("i") ?? "@" + domain,
            Algorithm = tags["a"]!,
            Headers = tags.Compact("h")!.Split(':'),
            BodyHash = Base64(tags, "bh")!,
            Signature = Base64(tags, "b")!,
            HasRelaxedHeader = canonicalisation[0].Trim() == "relaxed",
            HasRelaxedBody = canonicalisation.Length > 1 && canonicalisation[1].Trim() == "relaxed",
            BodyLimit = Number(tags, "l"),
            Expires = Number(tags, "x"),
        };
    }

    /// <summary>The signing domain in lower case; empty when it is not a domain name.</summary>
    internal static string DomainOf(TagList? tags) => Name(tags?.Compact("d"));

    /// <summary>The selector in lower case; empty when it is not a domain name.</summary>
    internal static string SelectorOf(TagList? tags) => Name(tags?.Compact("s"));

    private static string? FindProblem(TagList tags)
    {
        if (tags["v"] is { } version && version != "1")
            return "its version is not 1";
        foreach (var name in (string[])["v", "a", "b", "bh", "d", "h", "s"])
        {
            if (tags.Compact(name) is null or "")
                return $"tag {name} is missing";
        }
        return Algorithms(tags) ?? Names(tags) ?? Times(tags);
    }

    private static string? Algorithms(TagList tags) =>
        tags["a"] switch
        {
            // RFC 8301 §3.1
            "rsa-sha1" => "rsa-sha1 is no longer accepted (RFC 8301)",
            not ("rsa-sha256" or "ed25519-sha256") => "its algorithm is unknown",
            _ when (tags["c"] ?? "simple").Split('/') is not { Length: <= 2 } c || c.Any(n => n.Trim() is not ("simple" or "relaxed")) =>
                "its canonicalisation is unknown",
            _ when (tags.Compact("q") ?? "dns/txt").Split(':') is var q && !q.Contains("dns/txt", StringComparer.OrdinalIgnoreCase) =>
                "its key is not in the DNS",
            _ when Base64(tags, "bh") is not { Length: 32 } => "its body hash is not base64 of 32 bytes",
            _ when Base64(tags, "b") is null => "its signature is not base64",
            _ => null,
        };

    private static string? Names(TagList tags)
    {
        var domain = DomainOf(tags);
        if (domain.Length == 0)
            return "d= is not a domain name";
        if (SelectorOf(tags) is not { Length: > 0 } selector || selector.Length + domain.Length > 240)
            return "s= is not a selector";
        var headers = tags.Compact("h")!.Split(':');
        if (!headers.Contains("from", StringComparer.OrdinalIgnoreCase))
            return "From is not signed";
        if (tags.Compact("i") is not { } identity)
            return null;
        var at = identity.LastIndexOf('@');
        var signer = at < 0 ? "" : identity[(at + 1)..].ToLowerInvariant();
        return signer == domain || signer.EndsWith("." + domain, StringComparison.Ordinal) ? null : "i= is not within d=";
    }

    private static string? Times(TagList tags)
    {
        foreach (var name in (string[])["l", "t", "x"])
        {
            if (tags[name] is not null && Number(tags, name) is null)
                return $"{name}= is not a number";
        }
        return Number(tags, "x") <= Number(tags, "t") ? "it expires before it was made" : null;
    }

    // Up to 76 digits are allowed for l= (RFC 6376 §3.5): what is more than a long is as good as the largest long.
    private static long? Number(TagList tags, string name)
    {
        if (tags[name] is not { Length: > 0 and <= 76 } text || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
    }

    private static byte[]? Base64(TagList tags, string name)
    {
        try
        {
            return Convert.FromBase64String(tags.Compact(name)!);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // RFC 6376 §3.1 and §3.5: labels of A-label letters; underscores occur in published selectors.
    private static string Name(string? text)
    {
        if (text is not { Length: > 0 and <= 253 })
            return "";
        var good = text.Split('.').All(l => l.Length is > 0 and <= 63 && l.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return good ? text.ToLowerInvariant() : "";
    }
}
