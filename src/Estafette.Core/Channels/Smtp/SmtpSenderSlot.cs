using System.Text;
using Estafette.Protocols.Smtp;

namespace Estafette.Core.Channels.Smtp;

/// <summary>
/// One pooled connection to a relay. Opened by the first message, closed politely after 30 idle seconds or when it carried as many
/// messages as allowed. A kept connection that breaks before RCPT was answered is opened anew once, inside the same attempt: relays cut idle
/// sessions without a word.
/// </summary>
internal sealed class SmtpSenderSlot : ISenderSlot
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly SmtpClientOptions _options;
    private readonly int _messagesPerConnection;
    private readonly bool _asksReports;
    private readonly Action<SmtpTranscriptLine>? _transcript;
    private readonly FinalDot _finalDot = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _idle;
    private SmtpConnection? _connection;
    private OutgoingMessage? _announced;
    private SmtpEnvelope? _announcedEnvelope;
    private int _carried;
    private bool _refusesNullSender;
    private bool _disposed;

    public SmtpSenderSlot(
        SmtpClientOptions options,
        int messagesPerConnection,
        bool asksReports,
        TimeProvider clock,
        Action<SmtpTranscriptLine>? transcript
    )
    {
        (_options, _messagesPerConnection, _asksReports, _transcript) = (options, messagesPerConnection, asksReports, transcript);
        _idle = clock.CreateTimer(
            static slot => _ = ((SmtpSenderSlot)slot!).CloseIdleAsync(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Whether a connection is open; for tests.</summary>
    internal bool IsConnected => _connection is { IsUsable: true };

    public async ValueTask<SendResult> SendAsync(OutgoingMessage message, OutgoingMessage? next, ISendStart start, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            _idle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return await SendInTurnAsync(message, next, start, ct);
        }
        finally
        {
            if (_connection is not null)
                _idle.Change(IdleLimit, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    private async ValueTask<SendResult> SendInTurnAsync(
        OutgoingMessage message,
        OutgoingMessage? next,
        ISendStart start,
        CancellationToken ct
    )
    {
        var envelope = await TakeEnvelopeAsync(message);
        for (var reused = _connection is not null; ; reused = false)
        {
            if (_connection is null && await ConnectAsync(ct) is { } refused)
                return refused;
            var following = next is not null && _carried + 1 < _messagesPerConnection ? EnvelopeOf(next) : null;
            _finalDot.Prepare(message, start);
            var result = await _connection!.SendAsync(envelope, message.Mime, following, _finalDot, ct);
            _carried++;
            await SettleAsync(next, following);
            if (result.ConnectionFault && reused && !ct.IsCancellationRequested)
            {
                await DropAsync();
                continue;
            }
            if (envelope.MailFrom.Length == 0 && !_refusesNullSender && result is { Phase: SmtpPhase.Mail, Reply.IsPermanent: true })
            {
                // Some relays take only senders that belong to the account; a bounce to the sender is better than no message.
                _refusesNullSender = true;
                await DropAsync();
                envelope = EnvelopeOf(message);
                continue;
            }
            if (result is { Failure: SmtpFailureKind.Cancelled, InDoubt: false })
                throw new OperationCanceledException(ct);
            return SmtpJudgement.Judge(result);
        }
    }

    // The envelope already on the wire belongs to one message; if another one comes instead, the connection is of no use any more.
    private async ValueTask<SmtpEnvelope> TakeEnvelopeAsync(OutgoingMessage message)
    {
        if (_connection is not null && (!_connection.IsUsable || (_announced is not null && !ReferenceEquals(_announced, message))))
            await DropAsync();
        var envelope = _announcedEnvelope ?? EnvelopeOf(message);
        (_announced, _announcedEnvelope) = (null, null);
        return envelope;
    }

    private async ValueTask<SendResult?> ConnectAsync(CancellationToken ct)
    {
        var opened = await SmtpConnection.ConnectAsync(_options, _transcript, ct);
        if (!opened.Succeeded)
        {
            ct.ThrowIfCancellationRequested();
            return SmtpJudgement.Judge(opened.Failure);
        }
        (_connection, _carried) = (opened.Connection, 0);
        return null;
    }

    private async ValueTask SettleAsync(OutgoingMessage? next, SmtpEnvelope? following)
    {
        if (!_connection!.IsUsable)
        {
            await DropAsync();
        }
        else if (_connection.Announced is not null)
        {
            (_announced, _announcedEnvelope) = (next, following);
        }
        else if (_carried >= _messagesPerConnection)
        {
            await _connection.QuitAsync(CancellationToken.None);
            _connection = null;
        }
    }

    private async ValueTask DropAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        (_connection, _announced, _announcedEnvelope) = (null, null, null);
    }

    private async Task CloseIdleAsync()
    {
        // A message that is being sent holds the turn, and sets the timer again when it is done.
        if (!_turn.Wait(0))
            return;
        try
        {
            if (_connection is not null && !_disposed)
                await _connection.QuitAsync(CancellationToken.None);
            (_connection, _announced, _announcedEnvelope) = (null, null, null);
        }
        finally
        {
            _turn.Release();
        }
    }

    private SmtpEnvelope EnvelopeOf(OutgoingMessage message)
    {
        var from = _refusesNullSender && message.EnvelopeFrom.Length == 0 ? message.FromEmail : message.EnvelopeFrom;
        return new(from, message.Recipient, message.Mime.Length)
        {
            RequiresSmtpUtf8 =
                !Ascii.IsValid(message.Recipient) || !Ascii.IsValid(message.EnvelopeFrom) || !Ascii.IsValid(message.FromEmail),
            Is8Bit = !Ascii.IsValid(message.Mime.Span),
            // A return path of its own leads to us; else it is the sender's mailbox, which a report for each message would fill.
            AsksReports = _asksReports && !from.Equals(message.FromEmail, StringComparison.OrdinalIgnoreCase),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        if (!_disposed)
        {
            _disposed = true;
            await _idle.DisposeAsync();
            if (_connection is not null)
                await _connection.QuitAsync(CancellationToken.None);
            _connection = null;
        }
        _turn.Release();
    }

    /// <summary>Carries the caller's word to the moment before the final dot.</summary>
    private sealed class FinalDot : ISmtpFinalDot
    {
        private OutgoingMessage? _message;
        private ISendStart? _start;

        public void Prepare(OutgoingMessage message, ISendStart start) => (_message, _start) = (message, start);

        public bool MayFinish(SmtpEnvelope envelope) => _start!.TryStart(_message!);
    }
}
