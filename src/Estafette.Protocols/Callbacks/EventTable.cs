namespace Estafette.Protocols.Callbacks;

/// <summary>What one name of a provider means.</summary>
internal readonly record struct EventMeaning(
    CallbackEventKind Kind,
    CallbackListing Listing = CallbackListing.None,
    bool Automatic = false,
    bool Transient = false
)
{
    public static implicit operator EventMeaning(CallbackEventKind kind) => new(kind);
}

/// <summary>
/// Translation of one provider's names. A name may go into detail, as in <c>bounce/blocked</c>; when the table does not know the detail,
/// what stands before the last slash decides, and a name that it does not know at all is ignored. Case does not matter.
/// </summary>
internal sealed class EventTable
{
    private readonly Dictionary<string, EventMeaning> _meanings = new(StringComparer.OrdinalIgnoreCase);

    public EventMeaning this[string name]
    {
        get => Find(name);
        init => _meanings.Add(name, value);
    }

    private EventMeaning Find(string name)
    {
        for (var rest = name; ; rest = rest[..rest.LastIndexOf('/')])
        {
            if (_meanings.TryGetValue(rest, out var meaning))
                return meaning;
            if (!rest.Contains('/', StringComparison.Ordinal))
                return CallbackEventKind.Ignored;
        }
    }
}
