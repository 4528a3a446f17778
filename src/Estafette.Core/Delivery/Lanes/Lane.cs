using System.Threading.Channels;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Render;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// The queue to one sending server, owned by one node.
/// <para>Rows claimed for the lane wait in <c>ready</c>; renderers turn them into messages ahead of their slot, so that signing never eats
/// connection time; each slot (one connection) sends one message at a time and looks one ahead for pipelining.
/// Before the point of no return of every message the lane checks that the campaign still runs with the same content and that the lane is
/// still owned, and journals the start; after the answer it journals the answer and hands the outcome to <see cref="ResultWriter"/>.</para>
/// <para>Invariants: a row handed to <see cref="Accept"/> comes out of <see cref="ResultWriter"/> exactly once, also when the lane stops;
/// the lane holds at most <see cref="Window"/> rows; nothing is started after <see cref="StopAsync"/> returned or ownership was lost.</para>
/// <para>Crash cases: before the start record the row is only claimed and is given back; between start and answer it is in doubt; after the
/// answer record the result is replayed from the journal.</para>
/// </summary>
internal sealed class Lane : IAsyncDisposable
{
    private const int RenderedAhead = 256;

    private readonly LaneContext _context;
    private readonly ISender _sender;
    private readonly Channel<Work> _ready = System.Threading.Channels.Channel.CreateUnbounded<Work>();
    private readonly Channel<Work> _rendered = System.Threading.Channels.Channel.CreateBounded<Work>(RenderedAhead);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _renderers = [];
    private readonly List<Task> _slots = [];
    private readonly int _least;
    private int _held;
    private int _renderersDone;
    private volatile bool _stopping;

    public Lane(OwnedLane owned, SendingServer server, ISender sender, LaneContext context)
    {
        (Owned, Server, _sender, _context) = (owned, server, sender, context);
        Pacer = new Pacer(context.Clock, server.RateCount, server.RateUnit);
        Breaker = new Breaker(server.BreakerFailures, server.BreakerOpenUntil);
        Window = Pacer.IsFree
            ? context.Options.LaneWindow
            : (int)Math.Clamp(Pacer.PerSecond * 2, Math.Max(1, server.Connections), context.Options.LaneWindow);
        _least = Math.Max(1, Math.Min(context.Options.ClaimSize, Window / 2));
        for (var i = 0; i < context.Options.RenderersPerLane; i++)
            _renderers.Add(Task.Run(RenderAsync));
        for (var i = 0; i < Math.Clamp(server.Connections, 1, 100); i++)
            _slots.Add(Task.Run(SendAsync));
    }

    public OwnedLane Owned { get; }

    /// <summary>The server as it was when the lane started; a change of settings starts a new lane.</summary>
    public SendingServer Server { get; }
    public Pacer Pacer { get; }
    public Breaker Breaker { get; }

    /// <summary>Most rows the lane holds at a time.</summary>
    public int Window { get; }

    /// <summary>Rows the lane would take now; none until a claim is worth its statement, while it holds half a window of others.</summary>
    public int Room(DateTimeOffset now) =>
        _stopping || Server.NeedsCheck
            ? 0
            : Breaker.StateAt(now) switch
            {
                BreakerState.Closed when Window - Volatile.Read(ref _held) is var free => free >= _least ? free : 0,
                BreakerState.Probe => Volatile.Read(ref _held) == 0 ? 1 : 0,
                _ => 0,
            };

    /// <summary>Whether the server may be used at all now, room or not.</summary>
    public bool IsUsable(DateTimeOffset now) => !_stopping && !Server.NeedsCheck && Breaker.StateAt(now) != BreakerState.Open;

    /// <summary>It holds nothing.</summary>
    public bool IsIdle => Volatile.Read(ref _held) == 0;

    /// <summary>Takes claimed rows; each comes out of the result writer once.</summary>
    public void Accept(IEnumerable<Work> rows)
    {
        foreach (var row in rows)
        {
            Interlocked.Increment(ref _held);
            if (!_ready.Writer.TryWrite(row))
                GiveBack(row);
        }
    }

    /// <summary>The result of a row is stored: there is room for another.</summary>
    public void Resolved() => Interlocked.Decrement(ref _held);

    /// <summary>Finishes what is on the wire, gives the rest back.</summary>
    public async Task StopAsync(TimeSpan atMost)
    {
        _stopping = true;
        _ready.Writer.TryComplete();
        var finished = Task.WhenAll(_renderers.Concat(_slots));
        try
        {
            await finished.WaitAsync(atMost, _context.Clock);
        }
        catch (TimeoutException)
        {
            await _stop.CancelAsync();
            await finished;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sender.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RenderAsync()
    {
        var scratch = new ComposerScratch();
        await foreach (var work in _ready.Reader.ReadAllAsync())
        {
            if (!await work.LoadAsync(_stop.Token))
                GiveBack(work);
            else if (!work.TryCompose(_sender.Form, Server, scratch, _context.Clock.GetUtcNow(), out var failure))
                Finish(work, failure);
            else if (!MayStart(work))
                GiveBack(work);
            else
                await _rendered.Writer.WriteAsync(work);
        }
        if (Interlocked.Increment(ref _renderersDone) == _renderers.Count)
            _rendered.Writer.TryComplete();
    }

    private async Task SendAsync()
    {
        await using var slot = _sender.OpenSlot();
        var start = new SlotStart(this);
        Work? next = null;
        while (next is not null || await _rendered.Reader.WaitToReadAsync())
        {
            var work = next;
            next = null;
            if (work is null && (!_rendered.Reader.TryRead(out work) || !await MayGoAsync(work)))
                continue;
            next = LookAhead();
            await SendOneAsync(slot, start, work, next);
        }
    }

    /// <summary>Waits for the rate; gives the row back when it may not leave any more.</summary>
    private async ValueTask<bool> MayGoAsync(Work work)
    {
        if (MayStart(work) && !IsBroken())
        {
            try
            {
                await Pacer.WaitAsync(_stop.Token);
                return true;
            }
            catch (OperationCanceledException) { }
        }
        GiveBack(work);
        return false;
    }

    /// <summary>A second message for the pipeline, only if the rate allows it at once.</summary>
    private Work? LookAhead()
    {
        if (IsBroken() || !Pacer.TryTake())
            return null;
        while (_rendered.Reader.TryRead(out var next))
        {
            if (MayStart(next))
                return next;
            GiveBack(next);
        }
        Pacer.Return(1);
        return null;
    }

    private async Task SendOneAsync(ISenderSlot slot, SlotStart start, Work work, Work? next)
    {
        work.StartedAt = _context.Clock.GetUtcNow();
        var clock = _context.Clock.GetTimestamp();
        start.Begin(work);
        SendResult result;
        try
        {
            result = await slot.SendAsync(work.Message!, next?.Message, start, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            result = start.HasStarted
                ? new SendResult { Outcome = AttemptOutcome.InDoubt, Text = "Stopped while waiting for the answer." }
                : SendResult.NotStarted;
        }
        catch (Exception unexpected)
        {
            Log.SenderFailed(_context.Logger, Server.Id.Value, unexpected);
            result = new SendResult
            {
                Outcome = start.HasStarted ? AttemptOutcome.InDoubt : AttemptOutcome.Unreachable,
                Blame = Blame.Server,
                Text = $"Unexpected failure of the sender: {unexpected.Message}",
            };
        }
        work.DurationMs = (int)_context.Clock.GetElapsedTime(clock).TotalMilliseconds;
        if (start.HasStarted)
            work.Journal = _context.Journal.Answer(start.Entry, KeyOf(work), work.StartedAt, work.DurationMs, result);
        Finish(work, result);
    }

    private JournalKey KeyOf(Work work) => new(work.Row.Id, work.Row.Attempts + 1, Owned.Lane, Owned.Epoch, work.Composition.ContentId);

    private bool MayStart(Work work) => !_stopping && work.IsAllowed && _context.Journal.IsHealthy && _context.Ownership.IsHeld(Owned);

    private bool IsBroken() => Breaker.StateAt(_context.Clock.GetUtcNow()) == BreakerState.Open;

    private void GiveBack(Work work) => Finish(work, SendResult.NotStarted);

    private void Finish(Work work, SendResult result)
    {
        _context.Health.Observe(this, result);
        work.Release();
        _context.Results.Add(this, work, result);
    }

    /// <summary>The last check and the start record of the message a slot is sending.</summary>
    private sealed class SlotStart(Lane lane) : ISendStart
    {
        private Work? _work;

        public bool HasStarted { get; private set; }

        public DeliveryJournal.Entry Entry { get; private set; }

        public void Begin(Work work) => (_work, HasStarted, Entry) = (work, false, default);

        public bool TryStart(OutgoingMessage message)
        {
            if (_work is null || !ReferenceEquals(_work.Message, message) || !lane.MayStart(_work))
                return false;
            HasStarted = lane._context.Journal.TryStart(lane.KeyOf(_work), lane._context.Clock.GetUtcNow(), out var entry);
            Entry = entry;
            return HasStarted;
        }
    }
}

/// <summary>What all lanes of a node share.</summary>
internal sealed record LaneContext(
    DeliveryOptions Options,
    DeliveryJournal Journal,
    ResultWriter Results,
    HealthObserver Health,
    ILaneOwnership Ownership,
    TimeProvider Clock,
    ILogger Logger
);
