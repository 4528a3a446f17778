using System.Globalization;
using System.Net.Security;
using System.Text;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>One client from its greeting to its goodbye.</summary>
/// <remarks>
/// The loop reads a line, finds its step in <see cref="SmtpStateTable"/>, does it and queues the reply. Replies leave when no complete line is left
/// (RFC 2920 §3.2), so a client that pipelines costs one write for each of its groups. A 250 to a text is queued only after the receiver has
/// answered. After 421, a broken line or a refused group the session ends: what follows can no longer be read with certainty.
/// </remarks>
internal sealed class SmtpServerSession(SmtpServerContext server, ServerWire wire, SmtpPeer peer) : IAsyncDisposable
{
    private readonly SmtpServerOptions _options = server.Options;
    private readonly Receiving _receiving = new(server, wire, peer);
    private SmtpState _state;
    private SmtpTransaction? _transaction;
    private ReceivedText? _text;
    private int _errors;
    private int _idleCommands;
    private int _messages;
    private int _authFailures;
    private bool _isOver;

    /// <summary>Ends the question to the receiver and the line, without a word.</summary>
    public void Abort()
    {
        _receiving.Cancel();
        wire.Abort();
    }

    public async Task RunAsync()
    {
        if ((!_options.ImplicitTls || await EncryptAsync()) && await GreetAsync())
        {
            while (!_isOver)
            {
                await NextAsync();
            }
        }

        await wire.FlushAsync(_options.Timeouts.Reply);
        await wire.CloseGentlyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DropTransactionAsync();
        _receiving.Dispose();
    }

    private async ValueTask<bool> GreetAsync()
    {
        if (await _receiving.AskAsync((r, ct) => r.GreetAsync(peer, ct)) is { } refusal)
        {
            wire.Queue(refusal);
            return false;
        }

        wire.Queue(new SmtpReply(220, $"{_options.HostName} ESMTP"));
        return true;
    }

    private async ValueTask NextAsync()
    {
        var (end, line) = await wire.ReadLineAsync(isIdle: _transaction is null, _options.Timeouts);
        if (end != WireEnd.None)
        {
            Close(end);
            return;
        }

        var rule = SmtpVerbs.Read(line.Span, out _);
        var step = SmtpStateTable.Find(_state, rule.Verb);
        if ((Refuse(rule, line.Span, step) ?? await DoAsync(step, rule.Verb, line)) is { } reply)
        {
            Answer(reply);
        }

        if (wire.IsQueueFull)
        {
            await wire.FlushAsync(_options.Timeouts.Reply);
        }
    }

    /// <summary>What is wrong with a line whatever it asks for.</summary>
    private SmtpReply? Refuse(VerbRule rule, ReadOnlySpan<byte> line, SmtpStep step)
    {
        if (line.Length + 2 > rule.MaxBytes)
        {
            return ServerReplies.LineTooLong;
        }

        if (line.ContainsAnyInRange((byte)0, (byte)0x1F) || line.Contains((byte)0x7F))
        {
            return ServerReplies.LineBroken;
        }

        if (rule.EndsGroup && !wire.Buffered.IsEmpty)
        {
            // The client did not wait; what it sent may be a text that nobody asked for.
            _isOver = true;
            return ServerReplies.OutOfStep;
        }

        if (step == SmtpStep.Unknown && _state == SmtpState.Start)
        {
            // A browser or a scanner: a request of another protocol could hold SMTP commands in its later lines.
            _isOver = true;
            return ServerReplies.NotMail;
        }

        return null;
    }

    /// <summary>Does the step; null when it has been answered.</summary>
    private async ValueTask<SmtpReply?> DoAsync(SmtpStep step, SmtpVerb verb, ReadOnlyMemory<byte> line)
    {
        var space = line.Span.IndexOf((byte)' ');
        var arguments = space < 0 ? default : line[(space + 1)..];
        _idleCommands++;
        return step switch
        {
            SmtpStep.Hello => await HelloAsync(verb, arguments),
            SmtpStep.Mail => await MailAsync(arguments),
            SmtpStep.Rcpt => await RcptAsync(arguments),
            SmtpStep.Data => arguments.IsEmpty ? await DataAsync() : ServerReplies.NoArguments,
            SmtpStep.Chunk or SmtpStep.SkipChunk => await ChunkAsync(arguments, isWanted: step == SmtpStep.Chunk),
            SmtpStep.Reset => await ResetAsync(),
            SmtpStep.StartTls => arguments.IsEmpty ? await StartTlsAsync() : ServerReplies.NoArguments,
            SmtpStep.Auth => await AuthAsync(arguments),
            SmtpStep.Quit => Quit(),
            SmtpStep.Noop => ServerReplies.Ok,
            SmtpStep.Verify => ServerReplies.CannotVerify,
            SmtpStep.Expand => ServerReplies.NoExpansion,
            SmtpStep.Help => ServerReplies.Help,
            SmtpStep.NoRecipients => ServerReplies.NoRecipients,
            SmtpStep.BadSequence => ServerReplies.BadSequence,
            _ => ServerReplies.Unknown,
        };
    }

    /// <summary>Queues the reply, unless the line is over, and ends a session that has done too much.</summary>
    private void Answer(SmtpReply reply)
    {
        _errors += reply.Code >= 500 ? 1 : 0;
        _isOver |= reply.Code == 421;
        if (wire.End is var end && end != WireEnd.None)
        {
            Close(end);
            return;
        }

        wire.Queue(reply);
        var limit =
            _errors >= _options.Limits.ErrorsPerSession ? ServerReplies.TooManyErrors
            : _authFailures >= _options.Limits.AuthFailuresPerSession ? ServerReplies.TooManyErrors
            : _idleCommands >= _options.Limits.IdleCommands ? ServerReplies.TooManyCommands
            : null;
        if (!_isOver && limit is not null)
        {
            wire.Queue(limit);
            _isOver = true;
        }
    }

    private void Close(WireEnd end)
    {
        _isOver = true;
        if (Farewells.TryGetValue(end, out var reply))
        {
            wire.Queue(reply);
        }
    }

    private static readonly Dictionary<WireEnd, SmtpReply> Farewells = new()
    {
        [WireEnd.Timeout] = ServerReplies.TooSlow,
        [WireEnd.Stopping] = ServerReplies.Stopping,
        [WireEnd.LineTooLong] = ServerReplies.LineTooLong,
        [WireEnd.BareLineEnd] = ServerReplies.LineBroken,
    };

    private SmtpReply Quit()
    {
        _isOver = true;
        return ServerReplies.Bye;
    }

    private async ValueTask<SmtpReply> ResetAsync()
    {
        await DropTransactionAsync();
        return ServerReplies.Ok;
    }

    private async ValueTask DropTransactionAsync()
    {
        _state = _state == SmtpState.Start ? SmtpState.Start : SmtpState.Ready;
        _transaction = null;
        if (_text is { } text)
        {
            _text = null;
            await text.DisposeAsync();
        }
    }

    private async ValueTask<SmtpReply> HelloAsync(SmtpVerb verb, ReadOnlyMemory<byte> arguments)
    {
        if (CommandArguments.ReadHello(arguments.Span) is not { } name)
        {
            return ServerReplies.BadHello;
        }

        // RFC 5321 §4.1.4: like RSET.
        await DropTransactionAsync();
        _state = SmtpState.Ready;
        peer.HelloName = name;
        peer.IsExtended = verb == SmtpVerb.Ehlo;
        return new SmtpReply(250, peer.IsExtended ? Extensions() : _options.HostName);
    }

    private string Extensions()
    {
        var lines = new StringBuilder(_options.HostName).Append("\nPIPELINING\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nCHUNKING");
        lines.Append(CultureInfo.InvariantCulture, $"\nSIZE {_options.Limits.MessageBytes}");
        lines.Append(_options.OffersDsn ? "\nDSN" : "");
        lines.Append(_options.Certificate is not null && !peer.IsEncrypted ? "\nSTARTTLS" : "");
        lines.Append(_options.Auth != SmtpServerAuth.None && MayShowPassword ? "\nAUTH PLAIN LOGIN" : "");
        return lines.ToString();
    }

    private bool MayShowPassword =>
        peer.IsEncrypted || (_options.AuthWithoutTlsOnLoopback && System.Net.IPAddress.IsLoopback(peer.Remote.Address));

    private async ValueTask<SmtpReply> MailAsync(ReadOnlyMemory<byte> arguments)
    {
        if (_options.TlsRequired && !peer.IsEncrypted)
        {
            return ServerReplies.TlsFirst;
        }

        if (_options.Auth == SmtpServerAuth.Required && peer.Identity is null)
        {
            return ServerReplies.AuthFirst;
        }

        if (_messages >= _options.Limits.MessagesPerSession)
        {
            return ServerReplies.TooManyMessages;
        }

        if (CommandArguments.Split(arguments.Span, "FROM:"u8) is not var (path, parameters))
        {
            return ServerReplies.BadPath;
        }

        if ((path.Length == 0 ? path : CommandArguments.ReadMailbox(path)) is not { } sender)
        {
            return ServerReplies.BadSender;
        }

        var transaction = new SmtpTransaction(peer, sender);
        var refusal =
            CommandArguments.ReadMailParameters(parameters, transaction)
            ?? (!transaction.IsUtf8 && !Ascii.IsValid(sender) ? ServerReplies.NeedsUtf8 : null)
            ?? (transaction.AnnouncedBytes > _options.Limits.MessageBytes ? ServerReplies.TooLarge : null)
            ?? await _receiving.AskAsync((r, ct) => r.AcceptSenderAsync(transaction, ct));
        if (refusal is not null)
        {
            return refusal;
        }

        _transaction = transaction;
        _state = SmtpState.Mail;
        return ServerReplies.SenderOk;
    }

    private async ValueTask<SmtpReply> RcptAsync(ReadOnlyMemory<byte> arguments)
    {
        var transaction = _transaction!;
        if (CommandArguments.Split(arguments.Span, "TO:"u8) is not var (path, parameters))
        {
            return ServerReplies.BadPath;
        }

        // RFC 5321 §4.5.1: the one mailbox that needs no domain.
        var isPostmaster = path.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
        if ((isPostmaster ? path : CommandArguments.ReadMailbox(path)) is not { } address)
        {
            return ServerReplies.BadRecipient;
        }

        if (!transaction.IsUtf8 && !Ascii.IsValid(address))
        {
            return ServerReplies.NeedsUtf8;
        }

        if (transaction.Recipients.Count >= _options.Limits.Recipients)
        {
            return ServerReplies.TooManyRecipients;
        }

        var (recipient, refusal) = CommandArguments.ReadRecipient(address, parameters);
        refusal ??= await _receiving.AskAsync((r, ct) => r.AcceptRecipientAsync(transaction, recipient!, ct));
        if (refusal is not null)
        {
            return refusal;
        }

        _idleCommands--;
        transaction.Add(recipient!);
        _state = SmtpState.Rcpt;
        return ServerReplies.RecipientOk;
    }

    private async ValueTask<SmtpReply> DataAsync()
    {
        _text = new ReceivedText(server, wire, isChunked: false);
        wire.Queue(ServerReplies.GoAhead);
        await wire.FlushAsync(_options.Timeouts.Reply);
        return await _text.ReadToDotAsync() ? await FinishAsync() : await GiveUpAsync();
    }

    private async ValueTask<SmtpReply> ChunkAsync(ReadOnlyMemory<byte> arguments, bool isWanted)
    {
        if (ChunkLength(arguments.Span, out var isLast) is not { } bytes)
        {
            // Where the next command begins is not known.
            _isOver = true;
            return ServerReplies.BadChunk;
        }

        if (!isWanted)
        {
            await using var dropped = new ReceivedText(server, wire, isChunked: true);
            return await dropped.SkipAsync(bytes) ? ServerReplies.BadSequence : await GiveUpAsync();
        }

        _text ??= new ReceivedText(server, wire, isChunked: true);
        if (!await _text.ReadChunkAsync(bytes))
        {
            return await GiveUpAsync();
        }

        _state = SmtpState.Chunks;
        _idleCommands -= bytes > 0 ? 1 : 0;
        return isLast ? await FinishAsync()
            : _text.Refusal is { } refusal ? await RefuseTextAsync(refusal)
            : ServerReplies.ChunkOk;
    }

    private static long? ChunkLength(ReadOnlySpan<byte> arguments, out bool isLast)
    {
        var words = Encoding.Latin1.GetString(arguments).Split(' ');
        isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        return
            (words.Length == 1 || isLast)
            && words[0].Length <= 18
            && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : null;
    }

    /// <summary>The text did not come to its end: too slow, broken, or far beyond any size.</summary>
    private async ValueTask<SmtpReply> GiveUpAsync()
    {
        _isOver = true;
        await DropTransactionAsync();
        return ServerReplies.TooLarge;
    }

    private async ValueTask<SmtpReply> RefuseTextAsync(SmtpReply refusal)
    {
        await DropTransactionAsync();
        return refusal;
    }

    /// <summary>The whole text is here: the receiver has the word.</summary>
    private async ValueTask<SmtpReply> FinishAsync()
    {
        var text = _text!;
        await text.CompleteAsync();
        if (text.Refusal is { } refusal)
        {
            return await RefuseTextAsync(refusal);
        }

        _messages++;
        _idleCommands = 0;
        var reply = await _receiving.TakeAsync(text.Message(_transaction!));
        await DropTransactionAsync();
        return reply;
    }

    private async ValueTask<SmtpReply?> StartTlsAsync()
    {
        if (_options.Certificate is null || peer.IsEncrypted)
        {
            return peer.IsEncrypted ? ServerReplies.TlsAlready : ServerReplies.NoTls;
        }

        // RFC 3207 §4: what came behind STARTTLS was not protected and is not obeyed.
        wire.DropBuffered();
        wire.Queue(ServerReplies.StartTls);
        await wire.FlushAsync(_options.Timeouts.Reply);
        if (!await EncryptAsync())
        {
            return null;
        }

        // §4.2: all that was learnt before is forgotten.
        _state = SmtpState.Start;
        peer.HelloName = "";
        peer.IsExtended = false;
        return null;
    }

    private async ValueTask<bool> EncryptAsync()
    {
        wire.StartStep(_options.Timeouts.Handshake);
        var tls = await wire.StartTlsAsync((_, hello, _, _) => new(TlsOptions(hello.ServerName)));
        if (tls is null)
        {
            _isOver = true;
            return false;
        }

        peer.IsEncrypted = true;
        peer.Tls = $"{tls.SslProtocol} {tls.NegotiatedCipherSuite}";
        return true;
    }

    private SslServerAuthenticationOptions TlsOptions(string? name) =>
        new()
        {
            ServerCertificateContext =
                _options.Certificate!(string.IsNullOrEmpty(name) ? null : name)
                ?? throw new System.Security.Authentication.AuthenticationException("There is no certificate for this name."),
        };

    private async ValueTask<SmtpReply?> AuthAsync(ReadOnlyMemory<byte> arguments)
    {
        if (_options.Auth == SmtpServerAuth.None || !MayShowPassword || peer.Identity is not null)
        {
            return _options.Auth == SmtpServerAuth.None ? ServerReplies.NoAuth
                : peer.Identity is not null ? ServerReplies.AuthAlready
                : ServerReplies.AuthNeedsTls;
        }

        var (end, credentials, refusal) = await new AuthExchange(wire, _options.Timeouts).ReadAsync(arguments);
        if (end != WireEnd.None)
        {
            Close(end);
            return null;
        }

        return refusal ?? await SignInAsync(credentials.User, credentials.Password);
    }

    private async ValueTask<SmtpReply> SignInAsync(string user, string password)
    {
        var result = await _receiving.SignInAsync(user, password);
        if (result.Identity is not null)
        {
            peer.Identity = result.Identity;
            return ServerReplies.AuthOk;
        }

        if (result.IsTemporary)
        {
            return ServerReplies.AuthTemporary;
        }

        _authFailures++;
        await _receiving.WaitAsync(result.Delay ?? _options.Timeouts.AuthFailure);
        return ServerReplies.AuthRefused;
    }
}
