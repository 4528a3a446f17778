namespace Estafette.Protocols.Dkim;

/// <summary>What checking one signature came to, in the words of RFC 8601 §2.7.1.</summary>
public enum DkimOutcome
{
    /// <summary>The signature is good.</summary>
    Pass,

    /// <summary>The signature could be checked and is not that of this message, or is out of date.</summary>
    Fail,

    /// <summary>The signature or its key record is not usable, and will not be.</summary>
    PermError,

    /// <summary>The key record could not be asked for; asking later may succeed.</summary>
    TempError,
}

/// <summary>What checking one <c>DKIM-Signature</c> field came to.</summary>
/// <param name="Domain">Signing domain, <c>d=</c>, lower case; empty when the field names none that is a domain name.</param>
/// <param name="Selector">Selector, <c>s=</c>, lower case; empty likewise.</param>
/// <param name="Outcome">Result.</param>
/// <param name="Reason">Why, in words; "good signature" when it passes.</param>
public sealed record DkimVerdict(string Domain, string Selector, DkimOutcome Outcome, string Reason)
{
    /// <summary>Agent or user the signer vouches for, <c>i=</c>; "@" and the domain when absent (RFC 6376 §3.5).</summary>
    public string Identity { get; init; } = "";

    /// <summary>Algorithm as named in <c>a=</c>; empty when the field is unreadable.</summary>
    public string Algorithm { get; init; } = "";

    /// <summary>Size of an RSA key in bits, 256 for Ed25519, 0 when no key was read.</summary>
    public int KeyBits { get; init; }

    /// <summary>Whether <c>l=</c> leaves the end of the body unsigned: anybody may have added it (RFC 6376 §8.2).</summary>
    public bool SignsPartOfBody { get; init; }

    /// <summary>The domain is only trying DKIM out (<c>t=y</c>): a bad result is to be treated like no signature (RFC 6376 §3.6.1).</summary>
    public bool IsTest { get; init; }

    /// <summary>Word of the outcome in Authentication-Results fields.</summary>
    public string Word => Outcome.ToString().ToLowerInvariant();
}
