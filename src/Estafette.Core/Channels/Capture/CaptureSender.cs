using System.IO.Compression;
using System.Threading.Channels;
using Estafette.Core.Platform;

namespace Estafette.Core.Channels.Capture;

/// <summary>
/// Keeps messages instead of sending them. Messages of all slots that arrive together are stored in one transaction; a message is
/// accepted once it is committed.
/// </summary>
internal sealed class CaptureSender : ISender
{
    private const int MaxGroup = 256;
    private const int TrimEvery = 500;

    private const string Insert =
        "INSERT INTO captured_messages (customer_id, server_id, delivery_id, campaign_id, recipient, subject, source, at) "
        + "VALUES (@customer, @server, @delivery, @campaign, @recipient, @subject, @source, @at)";

    private const string Trim =
        "DELETE FROM captured_messages WHERE server_id = @server AND customer_id = @customer AND id <= "
        + "(SELECT id FROM captured_messages WHERE server_id = @server AND customer_id = @customer ORDER BY id DESC LIMIT 1 OFFSET @keep)";

    private readonly ServerId _server;
    private readonly CustomerId _customer;
    private readonly int _keep;
    private readonly WriteQueue _writes;
    private readonly TimeProvider _clock;
    private readonly Channel<Item> _items = System.Threading.Channels.Channel.CreateBounded<Item>(
        new BoundedChannelOptions(1024) { SingleReader = true }
    );
    private readonly Task _loop;
    private int _sinceTrim;

    public CaptureSender(SendingServer server, CaptureSettings settings, WriteQueue writes, TimeProvider clock)
    {
        (_server, _customer, _keep, _writes, _clock) = (server.Id, server.CustomerId, settings.KeepAtMost, writes, clock);
        // What an earlier run left above the limit goes with the first group.
        _sinceTrim = TrimEvery;
        _loop = Task.Run(StoreAsync);
    }

    public MessageForm Form => MessageForm.Mime;

    public ISenderSlot OpenSlot() => new Slot(this);

    private async Task StoreAsync()
    {
        var group = new List<Item>(MaxGroup);
        while (await _items.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < MaxGroup && _items.Reader.TryRead(out var item))
                group.Add(item);
            try
            {
                await _writes.RunAsync(session => Store(session, group), CancellationToken.None);
                foreach (var item in group)
                    item.Done.TrySetResult(null);
            }
            catch (Exception failure)
            {
                foreach (var item in group)
                    item.Done.TrySetResult(failure);
            }
        }
    }

    private ValueTask Store(WriteSession session, List<Item> group)
    {
        foreach (var item in group)
        {
            session
                .Prepare(Insert)
                .Set("customer", _customer.Value)
                .Set("server", _server.Value)
                .Set("delivery", item.Message.Delivery.Value)
                .Set("campaign", item.Message.Campaign?.Value)
                .Set("recipient", item.Message.Recipient)
                .Set("subject", item.Message.Subject)
                .Set("source", item.Source)
                .Set("at", item.At.ToUnixTimeMilliseconds())
                .ExecuteNonQuery();
        }
        _sinceTrim += group.Count;
        if (_sinceTrim >= Math.Min(TrimEvery, _keep))
        {
            _sinceTrim = 0;
            session.Prepare(Trim).Set("server", _server.Value).Set("customer", _customer.Value).Set("keep", (long)_keep).ExecuteNonQuery();
        }
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        await _loop;
    }

    private static byte[] Compress(ReadOnlySpan<byte> mime)
    {
        using var output = new MemoryStream(mime.Length / 3);
        using (var deflate = new DeflateStream(output, CompressionLevel.Fastest))
            deflate.Write(mime);
        return output.ToArray();
    }

    private sealed record Item(OutgoingMessage Message, byte[] Source, DateTimeOffset At)
    {
        public TaskCompletionSource<Exception?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(CaptureSender sender) : ISenderSlot
    {
        public async ValueTask<SendResult> SendAsync(OutgoingMessage message, OutgoingMessage? next, ISendStart start, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            var item = new Item(message, Compress(message.Mime.Span), sender._clock.GetUtcNow());
            if (!start.TryStart(message))
                return SendResult.NotStarted;
            if (!sender._items.Writer.TryWrite(item))
                await sender._items.Writer.WriteAsync(item, CancellationToken.None);
            return await item.Done.Task is { } failure
                ? new SendResult
                {
                    Outcome = AttemptOutcome.Unreachable,
                    Blame = Blame.Server,
                    Phase = SendPhase.Response,
                    Text = $"Keeping the message: {failure.Message}",
                }
                : new SendResult
                {
                    Outcome = AttemptOutcome.Accepted,
                    Phase = SendPhase.Response,
                    Text = "captured",
                };
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
