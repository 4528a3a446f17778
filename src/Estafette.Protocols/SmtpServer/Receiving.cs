using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>What all sessions of a server share.</summary>
internal sealed record SmtpServerContext(SmtpServerOptions Options, ISmtpReceiver Receiver, TimeProvider Clock);

/// <summary>Questions of one session to the receiver: each within its time, each with an answer whatever happens.</summary>
internal sealed class Receiving(SmtpServerContext server, ServerWire wire, SmtpPeer peer) : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _limit = new(Timeout.InfiniteTimeSpan, server.Clock);
    private bool _isCancelled;
    private bool _isDisposed;

    /// <summary>Ends the question in hand and all that follow.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            _isCancelled = true;
            if (!_isDisposed)
            {
                _limit.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _limit.Dispose();
        }
    }

    /// <summary>Asks whether something is taken; null when it is.</summary>
    public async ValueTask<SmtpReply?> AskAsync(Func<ISmtpReceiver, CancellationToken, ValueTask<SmtpReply?>> ask)
    {
        var (answered, reply) = await RunAsync(ask);
        return !answered || reply is { Code: < 400 or > 599 } ? ServerReplies.LocalError : reply;
    }

    /// <summary>Gives a message away; the reply is the receiver's, or 451 when it has none that fits.</summary>
    public async ValueTask<SmtpReply> TakeAsync(SmtpReceivedMessage message)
    {
        var (answered, reply) = await RunAsync((r, ct) => r.ReceiveAsync(message, ct));
        return answered && reply is { Code: (>= 200 and < 300) or (>= 400 and <= 599) } ? reply : ServerReplies.LocalError;
    }

    /// <summary>Asks who it is; temporary when there is no answer.</summary>
    public async ValueTask<SmtpAuthResult> SignInAsync(string user, string password)
    {
        var (answered, result) = await RunAsync((r, ct) => r.AuthenticateAsync(peer, user, password, ct));
        return answered ? result : SmtpAuthResult.Temporary();
    }

    /// <summary>Waits, unless the server stops.</summary>
    public async ValueTask WaitAsync(TimeSpan time)
    {
        try
        {
            wire.StartStep(Timeout.InfiniteTimeSpan);
            await Task.Delay(time, server.Clock, Token());
        }
        catch (OperationCanceledException)
        {
            // The session ends with its next read.
        }
    }

    private async ValueTask<(bool Answered, T? Answer)> RunAsync<T>(Func<ISmtpReceiver, CancellationToken, ValueTask<T>> ask)
    {
        // The client is not to be blamed for the time of the receiver.
        wire.StartStep(Timeout.InfiniteTimeSpan);
        try
        {
            var answer = ask(server.Receiver, Token());
            if (!answer.IsCompleted)
            {
                SetLimit(server.Options.Timeouts.Receiver);
            }

            return (true, await answer);
        }
        catch (Exception e)
        {
            server.Receiver.Faulted(peer, e);
            return (false, default);
        }
        finally
        {
            SetLimit(Timeout.InfiniteTimeSpan);
        }
    }

    private CancellationToken Token()
    {
        lock (_lock)
        {
            if (_limit.IsCancellationRequested && !_isCancelled)
            {
                _limit.Dispose();
                _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, server.Clock);
            }

            return _limit.Token;
        }
    }

    private void SetLimit(TimeSpan limit)
    {
        lock (_lock)
        {
            if (!_limit.IsCancellationRequested)
            {
                _limit.CancelAfter(limit);
            }
        }
    }
}
