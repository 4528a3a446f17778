namespace Estafette.Protocols.Spf;

/// <summary>Results of a check (RFC 7208 §2.6).</summary>
public enum SpfResult
{
    /// <summary>No domain to check, or it has no record.</summary>
    None,

    /// <summary>The domain says neither yes nor no.</summary>
    Neutral,

    /// <summary>The client may send for the domain.</summary>
    Pass,

    /// <summary>The client may not.</summary>
    Fail,

    /// <summary>The client probably may not.</summary>
    SoftFail,

    /// <summary>A look-up failed; a later check may succeed.</summary>
    TempError,

    /// <summary>The records cannot be understood or ask too much; somebody has to mend them.</summary>
    PermError,
}

/// <summary>Outcome of a check and how it came about.</summary>
/// <param name="Result">The result.</param>
/// <param name="Domain">Domain that was checked: that of the return path, or of HELO when that is empty; as A-labels.</param>
/// <param name="Reason">In words, which term matched or what went wrong, for people who look after the record.</param>
/// <param name="Lookups">Terms that ask for names, as RFC 7208 §4.6.4 counts them; at most 11.</param>
/// <param name="VoidLookups">Those that found nothing.</param>
/// <param name="Explanation">Text of the domain for a fail (§6.2), from a stranger; null unless asked for and there.</param>
public sealed record SpfCheck(
    SpfResult Result,
    string Domain,
    string Reason,
    int Lookups = 0,
    int VoidLookups = 0,
    string? Explanation = null
);
