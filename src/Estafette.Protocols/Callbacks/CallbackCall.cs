namespace Estafette.Protocols.Callbacks;

/// <summary>A call whose body was parsed: as JSON, or as a form where the provider sends forms.</summary>
/// <param name="Request">The call as it came.</param>
/// <param name="Json">The body, or <see cref="JsonTree.Missing"/>.</param>
/// <param name="Form">Parameters of the body, or <see cref="FormBody.Empty"/>.</param>
/// <param name="Fault">Why the body cannot be read, or null.</param>
internal sealed record CallbackCall(CallbackRequest Request, JsonTree Json, FormBody Form, string? Fault)
{
    public static CallbackCall Open(CallbackRequest request, bool isForm)
    {
        if (isForm && !request.HasJsonBody)
            return new CallbackCall(request, JsonTree.Missing, FormBody.Parse(request.Body.Span), Fault: null);
        var json = JsonTree.Parse(request.Body.Span, out var fault);
        return new CallbackCall(request, json, FormBody.Empty, fault);
    }
}

/// <summary>Collects the events of one call, within the limit.</summary>
internal sealed class CallbackEventList
{
    private readonly List<CallbackEvent> _events = [];

    public IReadOnlyList<CallbackEvent> Events => _events;

    public void Add(CallbackEvent read) => _events.Add(read);

    /// <summary>Reads a document that is one event or an array of events.</summary>
    /// <param name="document">The object or the array.</param>
    /// <param name="read">Adds the events of one object, or says what is wrong with it.</param>
    /// <returns>What is wrong, with the number of the event; null when all could be read.</returns>
    public string? ReadEach(JsonTree document, Func<JsonTree, string?> read)
    {
        IReadOnlyList<JsonTree> items = document.IsArray ? document.Items : [document];
        if (items.Count > CallbackReader.MaxEvents)
            return TooMany;
        for (var i = 0; i < items.Count; i++)
        {
            var fault = items[i].IsObject ? read(items[i]) : "is not an object";
            if (fault is not null)
                return $"Event {i + 1} {fault}.";
            if (_events.Count <= CallbackReader.MaxEvents)
                continue;
            _events.Clear();
            return TooMany;
        }
        return null;
    }

    private static string TooMany => $"The call holds more than {CallbackReader.MaxEvents} events.";
}
