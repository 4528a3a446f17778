using System.Data.Common;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>One claimed row on its way through a lane.</summary>
internal sealed class Work(ClaimedDelivery row, CustomerId customer, CampaignRun? run, Composition composition)
{
    public ClaimedDelivery Row { get; } = row;
    public CustomerId Customer { get; } = customer;

    /// <summary>Null for a message outside a campaign.</summary>
    public CampaignRun? Run { get; } = run;
    public Composition Composition { get; } = composition;

    /// <summary>Daily maximums this row uses; given back when nothing was handed over.</summary>
    public IReadOnlyList<DailyCap> Caps { get; init; } = [];
    public OutgoingMessage? Message { get; private set; }
    public DateTimeOffset StartedAt { get; set; }
    public int DurationMs { get; set; }
    public DeliveryJournal.Entry? Journal { get; set; }

    /// <summary>The campaign still runs with the content this was made from.</summary>
    public bool IsAllowed => Run is null || Run.Allows(Composition);

    /// <summary>Why it is not sent, decided while rendering; None when it is.</summary>
    public DeliveryReason Skipped { get; private set; }

    private IDisposable? _buffer;
    private LoadedBytes? _bytes;
    private string? _missing;

    /// <summary>Reads what the message needs beside its text; false when the database does not answer, so that the row has to wait.</summary>
    public async ValueTask<bool> LoadAsync(CancellationToken ct)
    {
        try
        {
            _bytes = await Composition.LoadAsync(ct);
        }
        catch (CannotComposeException gone)
        {
            _missing = gone.Message;
        }
        catch (Exception unavailable) when (unavailable is DbException or OperationCanceledException)
        {
            return false;
        }
        return true;
    }

    /// <summary>Renders the message; on failure <paramref name="failure"/> is the result of the attempt.</summary>
    public bool TryCompose(MessageForm form, SendingServer server, ComposerScratch scratch, DateTimeOffset now, out SendResult failure)
    {
        failure = SendResult.NotStarted;
        StartedAt = now;
        if (!IsAllowed)
            return false;
        var composed = ComposeSafely(form, server, scratch, now);
        (Message, _buffer, Skipped) = (composed.Message, composed.Buffer, composed.Skipped);
        if (Message is not null)
            return true;
        failure = new SendResult
        {
            Outcome = AttemptOutcome.Rejected,
            Blame = Blame.Message,
            Phase = SendPhase.Render,
            Text = composed.Problem ?? "The message could not be rendered.",
        };
        return false;
    }

    /// <summary>A message that breaks the renderer fails alone; the lane goes on.</summary>
    private Composed ComposeSafely(MessageForm form, SendingServer server, ComposerScratch scratch, DateTimeOffset now)
    {
        try
        {
            return _missing is null
                ? Composition.Compose(Row, form, server, _bytes, scratch, now)
                : new Composed(null, null, DeliveryReason.RenderFailed, _missing);
        }
        catch (Exception broken)
        {
            return new Composed(null, null, DeliveryReason.RenderFailed, $"The message could not be rendered: {broken.Message}");
        }
    }

    /// <summary>The rendered bytes are not needed any more.</summary>
    public void Release()
    {
        _buffer?.Dispose();
        _buffer = null;
        _bytes = null;
        Message = null;
    }
}
