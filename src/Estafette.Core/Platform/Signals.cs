using System.Collections.Concurrent;

namespace Estafette.Core.Platform;

/// <summary>What a background loop may be woken for.</summary>
public enum Signal
{
    /// <summary>A campaign was launched, paused, resumed, cancelled or edited.</summary>
    CampaignChanged,

    /// <summary>Rows became due in the delivery queue.</summary>
    DeliveriesReady,

    /// <summary>An import was created or cancelled.</summary>
    ImportChanged,

    /// <summary>A sending server was added, changed or switched.</summary>
    ServerChanged,

    /// <summary>An automation or a feed was published, changed, paused or resumed, or somebody entered by hand.</summary>
    AutomationChanged,

    /// <summary>An index on an attribute was asked for, or is to go.</summary>
    AttributesChanged,

    /// <summary>A change of many contacts began.</summary>
    BulkChanged,

    /// <summary>Mail may have come into the mailbox that is read.</summary>
    MailboxChanged,

    /// <summary>A provider reported what became of messages.</summary>
    CallbacksReceived,

    /// <summary>A sender domain was added, or its keys changed.</summary>
    DomainChanged,

    /// <summary>Calls of webhooks became due.</summary>
    WebhookCalls,
}

/// <summary>Wake-ups inside the process. A lost signal costs one polling interval, never a message.</summary>
public sealed class Signals
{
    private readonly ConcurrentDictionary<Signal, TaskCompletionSource> _waiting = new();

    /// <summary>Wakes everyone who waits for the signal.</summary>
    public void Ring(Signal signal)
    {
        if (_waiting.TryRemove(signal, out var waiting))
            waiting.TrySetResult();
    }

    /// <summary>Waits for the signal, at most <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(Signal signal, TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        var waiting = _waiting.GetOrAdd(signal, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await waiting.Task.WaitAsync(atMost, clock, ct);
        }
        catch (TimeoutException) { }
    }
}
