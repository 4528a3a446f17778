namespace Estafette.Core.Contacts;

/// <summary>How a change ended: done, not found (also for what belongs to another customer), or refused with the faults by field.</summary>
public sealed record ChangeResult
{
    private static readonly Dictionary<string, string> NoErrors = [];

    private ChangeResult(bool found, IReadOnlyDictionary<string, string> errors) => (Found, Errors) = (found, errors);

    /// <summary>The thing to change exists and belongs to the customer.</summary>
    public bool Found { get; }

    /// <summary>Why it was not changed, by field.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; }

    /// <summary>The change is stored.</summary>
    public bool IsDone => Found && Errors.Count == 0;

    public static ChangeResult Done { get; } = new(true, NoErrors);

    public static ChangeResult NotFound { get; } = new(false, NoErrors);

    public static ChangeResult Refused(string field, string error) =>
        new(true, new Dictionary<string, string>(StringComparer.Ordinal) { [field] = error });

    public static ChangeResult Refused(IReadOnlyDictionary<string, string> errors) => new(true, errors);
}
