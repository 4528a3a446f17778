using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Brings one text from the line into a spool, in one piece or in chunks, and judges it.</summary>
/// <remarks>
/// Nothing is read from the client while octets are being written to the file, so a slow disk slows the client down. A text that will be refused is
/// still read to its end, for only there can the client hear it; one beyond twice the largest message ends the session instead.
/// </remarks>
internal sealed class ReceivedText : IAsyncDisposable
{
    private readonly SmtpServerContext _server;
    private readonly ServerWire _wire;
    private readonly MessageSpool _spool;
    private readonly DataScanner _scanner;
    private readonly TextClock _clock;
    private readonly long _mostRead;
    private long _read;

    public ReceivedText(SmtpServerContext server, ServerWire wire, bool isChunked)
    {
        var options = server.Options;
        _server = server;
        _wire = wire;
        _spool = new MessageSpool(options.Limits.MemoryBytes, options.Limits.MessageBytes, options.SpillFolder);
        _scanner = new DataScanner(options.BareLineEnds, isChunked);
        _clock = new TextClock(options.Timeouts, server.Clock);
        _mostRead = options.Limits.MessageBytes * 2;
        wire.ExpectText();
    }

    /// <summary>Why the text cannot be taken, as far as it has come; null when it can.</summary>
    public SmtpReply? Refusal =>
        _spool.IsTooLong ? ServerReplies.TooLarge
        : _scanner.Faults.HasFlag(DataFaults.Nul) ? ServerReplies.Nul
        : _scanner.Faults != DataFaults.None && _server.Options.BareLineEnds == BareLineEnds.Refuse ? ServerReplies.BareLineEnd
        : _spool.Fault is not null ? ServerReplies.LocalError
        : null;

    public SmtpReceivedMessage Message(SmtpTransaction transaction) => new(transaction, _spool, _server.Clock.GetUtcNow());

    public ValueTask DisposeAsync() => _spool.DisposeAsync();

    /// <summary>Reads up to the final dot; false when the session cannot go on.</summary>
    public async ValueTask<bool> ReadToDotAsync()
    {
        while (!_scanner.IsAtEnd)
        {
            if (_wire.Buffered.IsEmpty && !await FillAsync())
            {
                return false;
            }

            Note(_scanner.Consume(_wire.Buffered.Span, _spool));
            await _spool.SettleAsync(CancellationToken.None);
            if (_read > _mostRead)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a chunk of so many octets; false when the session cannot go on.</summary>
    public async ValueTask<bool> ReadChunkAsync(long bytes)
    {
        if (bytes > _mostRead - _read)
        {
            return false;
        }

        while (bytes > 0)
        {
            if (_wire.Buffered.IsEmpty && !await FillAsync())
            {
                return false;
            }

            var piece = (int)Math.Min(bytes, _wire.Buffered.Length);
            Note(_scanner.Consume(_wire.Buffered.Span[..piece], _spool));
            await _spool.SettleAsync(CancellationToken.None);
            bytes -= piece;
        }

        return true;
    }

    /// <summary>Reads a chunk that nobody wants; false when the session cannot go on.</summary>
    public async ValueTask<bool> SkipAsync(long bytes)
    {
        if (bytes > _mostRead)
        {
            return false;
        }

        while (bytes > 0)
        {
            if (_wire.Buffered.IsEmpty && !await FillAsync())
            {
                return false;
            }

            var piece = (int)Math.Min(bytes, _wire.Buffered.Length);
            Note(piece);
            bytes -= piece;
        }

        return true;
    }

    public async ValueTask CompleteAsync()
    {
        _scanner.Complete(_spool);
        await _spool.CompleteAsync(CancellationToken.None);
    }

    private void Note(int bytes)
    {
        _wire.Skip(bytes);
        _read += bytes;
        _clock.Count(bytes);
    }

    private async ValueTask<bool> FillAsync()
    {
        // Chunks that the client pipelined are answered before it is waited for.
        await _wire.FlushAsync(_server.Options.Timeouts.Reply);
        _wire.StartStep(_clock.Left);
        return await _wire.FillAsync() == WireEnd.None;
    }
}
