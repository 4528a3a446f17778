using System.Globalization;
using Estafette.Protocols.Mailboxes;

namespace Estafette.Protocols.Imap;

/// <summary>One session with an IMAP server, for polling and reading a mailbox (IMAP4rev1, RFC 3501).</summary>
/// <remarks>
/// <para>
/// Messages are named by UID only. A sequence number changes whenever another client expunges, so no command here uses one. UIDs hold as long as
/// <see cref="ImapMailbox.UidValidity"/> does: whoever remembers them remembers it too.
/// </para>
/// <para>
/// Every call has a deadline, every response a limit, and texts go to the caller's stream without being held. A refused command (NO, BAD) throws
/// with <see cref="MailboxFailure.Refused"/> and leaves the session good; anything else ends it. One call at a time; not thread-safe.
/// </para>
/// </remarks>
public sealed class ImapClient : IAsyncDisposable
{
    private const int MaxItems = 1_000_000;

    private readonly MailboxWire _wire;
    private readonly MailboxOptions _options;
    private readonly ImapDialogue _dialogue;
    private readonly IReadOnlySet<string> _capabilities;
    private Action<ImapResponse>? _collect;

    private ImapClient(MailboxWire wire, MailboxOptions options, ImapDialogue dialogue, IReadOnlySet<string> capabilities)
    {
        _wire = wire;
        _options = options;
        _dialogue = dialogue;
        _capabilities = capabilities;
        dialogue.OnUntagged = Note;
        // RFC 7888: LITERAL- allows it up to 4096 octets.
        dialogue.MaySendLiteralAtOnce = n => Can("LITERAL+") || (Can("LITERAL-") && n <= 4096);
    }

    /// <summary>What the server can do, as it says after signing in.</summary>
    public IReadOnlySet<string> Capabilities => _capabilities;

    /// <summary>TLS protects the connection.</summary>
    public bool IsEncrypted => _wire.IsEncrypted;

    /// <summary>Nothing has ended the session yet, as far as this end knows.</summary>
    public bool IsUsable => !_wire.IsBroken;

    /// <summary>The folder selected; null for none.</summary>
    public ImapMailbox? Selected { get; private set; }

    /// <summary>Connects, starts TLS and signs in.</summary>
    /// <exception cref="MailboxException">It did not work; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<ImapClient> ConnectAsync(MailboxOptions options, CancellationToken ct = default)
    {
        var wire = await MailboxWire.ConnectAsync(options, ct);
        try
        {
            return await wire.WithinAsync(
                options.Timeouts.SignIn,
                "Signing in",
                async () =>
                {
                    var dialogue = new ImapDialogue(wire, options);
                    var signIn = new ImapSignIn(wire, dialogue, options);
                    await signIn.RunAsync();
                    return new ImapClient(wire, options, dialogue, signIn.Capabilities);
                },
                ct
            );
        }
        catch
        {
            await wire.DisposeAsync();
            throw;
        }
    }

    /// <summary>Folders whose names match; <c>*</c> stands for anything, <c>%</c> for anything on one level (RFC 3501 §6.3.8).</summary>
    public async ValueTask<IReadOnlyList<ImapFolder>> ListAsync(string pattern = "*", CancellationToken ct = default)
    {
        var folders = new List<ImapFolder>();
        await RunAsync(
            new ImapCommand("LIST").String("").Mailbox(pattern),
            r =>
            {
                if (r.Values is [var word, { Kind: ImapKind.List } attributes, var delimiter, var name] && word.Is("LIST"))
                {
                    Add(
                        folders,
                        new ImapFolder(
                            ModifiedUtf7.Decode(name.Text),
                            delimiter.Text.Length == 1 ? delimiter.Text[0] : null,
                            [.. attributes.Items.Select(a => a.Text)]
                        )
                    );
                }
            },
            ct
        );
        return folders;
    }

    /// <summary>Opens a folder for reading and changing (RFC 3501 §6.3.1).</summary>
    public ValueTask<ImapMailbox> SelectAsync(string folder, CancellationToken ct = default) => OpenAsync("SELECT", folder, ct);

    /// <summary>Opens a folder for reading only (RFC 3501 §6.3.2).</summary>
    public ValueTask<ImapMailbox> ExamineAsync(string folder, CancellationToken ct = default) => OpenAsync("EXAMINE", folder, ct);

    /// <summary>Makes a folder (RFC 3501 §6.3.3).</summary>
    public async ValueTask CreateAsync(string folder, CancellationToken ct = default) =>
        await RunAsync(new ImapCommand("CREATE").Mailbox(folder), null, ct);

    /// <summary>Deletes a folder with its messages (RFC 3501 §6.3.4).</summary>
    public async ValueTask DeleteAsync(string folder, CancellationToken ct = default) =>
        await RunAsync(new ImapCommand("DELETE").Mailbox(folder), null, ct);

    /// <summary>UIDs of the messages found, ascending (RFC 3501 §6.4.4).</summary>
    public async ValueTask<IReadOnlyList<uint>> SearchAsync(ImapSearch search, CancellationToken ct = default)
    {
        var found = new List<uint>();
        await RunAsync(
            search.ToCommand(),
            r =>
            {
                if (r.Values is [var word, .. var uids] && word.Is("SEARCH"))
                {
                    foreach (var uid in uids)
                    {
                        Add(found, uid.Number ?? throw _dialogue.Malformed("a UID is no number"));
                    }
                }
            },
            ct
        );
        // "n:*" always has the last message in it, even when its UID is below n (RFC 3501 §6.4.8).
        return [.. found.Where(uid => uid >= search.FromUid).Distinct().Order()];
    }

    /// <summary>Sizes, flags and times of messages; those that are gone are left out.</summary>
    public async ValueTask<IReadOnlyList<ImapSummary>> SummarizeAsync(IReadOnlyCollection<uint> uids, CancellationToken ct = default)
    {
        var found = new List<ImapSummary>();
        foreach (var set in ImapSet.Of(uids))
        {
            var command = new ImapCommand("UID FETCH").Atom(set).Atom("(UID RFC822.SIZE FLAGS INTERNALDATE)");
            await RunAsync(
                command,
                r =>
                {
                    if (ImapItems.Read(r) is { Uid: { } uid, Bytes: { } bytes } items)
                    {
                        Add(found, new ImapSummary(uid, bytes, items.Flags, items.Received));
                    }
                },
                ct
            );
        }

        return found;
    }

    /// <summary>Writes the text of a message, without marking it as seen (BODY.PEEK[], RFC 3501 §6.4.5).</summary>
    /// <param name="uid">Its UID.</param>
    /// <param name="to">Gets the octets as they come.</param>
    /// <param name="maxBytes">Octets at most; the server is asked for one more, to see whether there is more.</param>
    /// <param name="ct">Closes the session.</param>
    public ValueTask<ImapFetch> FetchAsync(uint uid, Stream to, long maxBytes, CancellationToken ct = default) =>
        WriteSectionAsync(uid, "", to, maxBytes, ct);

    /// <summary>Writes the header fields of a message.</summary>
    /// <inheritdoc cref="FetchAsync"/>
    public ValueTask<ImapFetch> FetchHeaderAsync(uint uid, Stream to, long maxBytes, CancellationToken ct = default) =>
        WriteSectionAsync(uid, "HEADER", to, maxBytes, ct);

    private async ValueTask<ImapFetch> WriteSectionAsync(uint uid, string section, Stream to, long maxBytes, CancellationToken ct)
    {
        var most = Math.Min(maxBytes, uint.MaxValue - 1L);
        var sink = new ImapLiteralSink(to, most, text => text.Contains($"BODY[{section}]", StringComparison.OrdinalIgnoreCase));
        ImapValue? text = null;
        var command = new ImapCommand("UID FETCH").Atom($"{uid}").Atom($"(UID BODY.PEEK[{section}]<0.{most + 1}>)");
        await RunAsync(
            command,
            r => text = ImapItems.Read(r) is { } items && items.Uid == uid ? items.Text ?? text : text,
            ct,
            _options.Timeouts.Transfer,
            sink
        );
        if (sink.Received is { } received)
        {
            return text is null ? throw _dialogue.Malformed("the text belongs to another message")
                : received > most ? ImapFetch.TooLarge
                : ImapFetch.Complete;
        }

        // A short text may come as a quoted string, and an empty one as NIL.
        if (text?.Kind == ImapKind.String)
        {
            await to.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text.Text), ct);
        }

        return text is null ? ImapFetch.Gone : ImapFetch.Complete;
    }

    /// <summary>Adds flags, such as <c>\Seen</c> (RFC 3501 §6.4.6).</summary>
    public ValueTask AddFlagsAsync(IReadOnlyCollection<uint> uids, string flags, CancellationToken ct = default) =>
        StoreAsync(uids, "+FLAGS.SILENT", flags, ct);

    /// <summary>Takes flags away.</summary>
    public ValueTask RemoveFlagsAsync(IReadOnlyCollection<uint> uids, string flags, CancellationToken ct = default) =>
        StoreAsync(uids, "-FLAGS.SILENT", flags, ct);

    /// <summary>Marks messages as deleted and removes them.</summary>
    /// <remarks>
    /// With UIDPLUS (RFC 4315) these and no others. Without it EXPUNGE removes all that are marked in the folder, also by somebody else
    /// (RFC 3501 §6.4.3).
    /// </remarks>
    public async ValueTask ExpungeAsync(IReadOnlyCollection<uint> uids, CancellationToken ct = default)
    {
        await StoreAsync(uids, "+FLAGS.SILENT", "\\Deleted", ct);
        await RunSetAsync(uids, set => Can("UIDPLUS") ? new ImapCommand("UID EXPUNGE").Atom(set) : new ImapCommand("EXPUNGE"), ct);
    }

    /// <summary>Copies messages into another folder (RFC 3501 §6.4.7).</summary>
    public ValueTask CopyAsync(IReadOnlyCollection<uint> uids, string folder, CancellationToken ct = default) =>
        RunSetAsync(uids, set => new ImapCommand("UID COPY").Atom(set).Mailbox(folder), ct);

    /// <summary>Moves messages into another folder: MOVE (RFC 6851), else copies, marks and expunges.</summary>
    public async ValueTask MoveAsync(IReadOnlyCollection<uint> uids, string folder, CancellationToken ct = default)
    {
        if (Can("MOVE"))
        {
            await RunSetAsync(uids, set => new ImapCommand("UID MOVE").Atom(set).Mailbox(folder), ct);
            return;
        }

        await CopyAsync(uids, folder, ct);
        await ExpungeAsync(uids, ct);
    }

    /// <summary>Puts a message into a folder (RFC 3501 §6.3.11).</summary>
    /// <param name="folder">Its name.</param>
    /// <param name="message">A whole message with CRLF line ends.</param>
    /// <param name="flags">Such as <c>\Seen</c>; empty for none.</param>
    /// <param name="ct">Closes the session.</param>
    public async ValueTask AppendAsync(string folder, ReadOnlyMemory<byte> message, string flags = "", CancellationToken ct = default) =>
        await RunAsync(
            new ImapCommand("APPEND").Mailbox(folder).Atom($"({CheckFlags(flags)})").Literal(message),
            null,
            ct,
            _options.Timeouts.Transfer
        );

    /// <summary>Asks for a sign of life and for news of the folder (RFC 3501 §6.1.2).</summary>
    public async ValueTask NoopAsync(CancellationToken ct = default) => await RunAsync(new ImapCommand("NOOP"), null, ct);

    /// <summary>Waits until something happens in the folder, at most so long (IDLE, RFC 2177); says whether it did.</summary>
    /// <param name="limit">At most 29 minutes, since servers close after 30 (RFC 2177 §3).</param>
    /// <param name="ct">Closes the session.</param>
    /// <exception cref="NotSupportedException">The server does not offer IDLE.</exception>
    public ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, TimeSpan.FromMinutes(29));
        if (!Can("IDLE"))
        {
            throw new NotSupportedException("This server does not offer IDLE; ask with NoopAsync from time to time.");
        }

        return _wire.WithinAsync(limit + _options.Timeouts.Command, "Waiting for news", () => IdleAsync(limit, ct), ct);
    }

    /// <summary>Says goodbye and closes (RFC 3501 §6.1.3); a server that does not answer is left.</summary>
    public async ValueTask LogoutAsync(CancellationToken ct = default)
    {
        if (IsUsable)
        {
            try
            {
                await RunAsync(new ImapCommand("LOGOUT"), null, ct, _options.Timeouts.Quit);
            }
            catch (MailboxException)
            {
                // Its goodbye ends the session either way.
            }
        }

        await DisposeAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    private bool Can(string capability) => _capabilities.Contains(capability);

    private async ValueTask<ImapMailbox> OpenAsync(string command, string folder, CancellationToken ct)
    {
        // What is told during the command is about the new folder; when it is refused, none is open (RFC 3501 §6.3.1).
        var opening = Selected = new ImapMailbox(folder);
        try
        {
            var end = await RunAsync(new ImapCommand(command).Mailbox(folder), null, ct);
            opening.IsReadOnly = end.CodeArgument("READ-ONLY") is not null;
            return opening;
        }
        catch
        {
            Selected = null;
            throw;
        }
    }

    private ValueTask StoreAsync(IReadOnlyCollection<uint> uids, string what, string flags, CancellationToken ct)
    {
        var list = CheckFlags(flags);
        return RunSetAsync(uids, set => new ImapCommand("UID STORE").Atom(set).Atom(what).Atom($"({list})"), ct);
    }

    /// <summary>Flags go out as they are, so they hold nothing but atoms and backslashes.</summary>
    private static string CheckFlags(string flags) =>
        flags.All(c => char.IsAsciiLetterOrDigit(c) || c is '\\' or '$' or '-' or '_' or '.' or ' ')
            ? flags
            : throw new ArgumentException($"Changing flags: '{flags}' holds a character that flags do not have.", nameof(flags));

    private async ValueTask RunSetAsync(IReadOnlyCollection<uint> uids, Func<string, ImapCommand> command, CancellationToken ct)
    {
        foreach (var set in ImapSet.Of(uids))
        {
            await RunAsync(command(set), null, ct);
        }
    }

    private ValueTask<ImapResponse> RunAsync(
        ImapCommand command,
        Action<ImapResponse>? collect,
        CancellationToken ct,
        TimeSpan? limit = null,
        ImapLiteralSink? sink = null
    ) =>
        _wire.WithinAsync(
            limit ?? _options.Timeouts.Command,
            command.Name,
            async () =>
            {
                _collect = collect;
                var end = await _dialogue.AskAsync(command, sink);
                _collect = null;
                return end.Status == "OK"
                    ? end
                    : throw _wire.Failed(MailboxFailure.Refused, command.Name, $"refused with {end.Status}: {end.Text}");
            },
            ct
        );

    private async ValueTask<bool> IdleAsync(TimeSpan limit, CancellationToken ct)
    {
        var hasNews = false;
        _collect = r => hasNews |= r.IsData;
        var (tag, begun) = await _dialogue.BeginAsync("IDLE");
        if (begun.Tag != "+")
        {
            throw _wire.Failed(MailboxFailure.Refused, "IDLE", $"refused with {begun.Status}: {begun.Text}");
        }

        using var over = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, ct);
        var waited = Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
        var next = _dialogue.ReadAsync().AsTask();
        while (!hasNews && await Task.WhenAny(next, waited) == next)
        {
            var response = await next;
            Note(response.Tag == "*" ? response : throw _dialogue.Malformed("it ends IDLE by itself"));
            next = response.Status == "BYE" ? throw _dialogue.Malformed("it says goodbye") : _dialogue.ReadAsync().AsTask();
        }

        // The read goes on while this is written; what it brings is the first answer to it.
        await _dialogue.WriteLineAsync("DONE");
        var last = await next;
        Note(last);
        _ = last.Tag == tag ? last : await _dialogue.ReadUntilAsync(tag, null);
        _collect = null;
        return hasNews;
    }

    /// <summary>Keeps the selected folder up to date, whatever command runs (RFC 3501 §5.2).</summary>
    private void Note(ImapResponse response)
    {
        if (Selected is { } folder)
        {
            folder.UidValidity = NumberOf(response.CodeArgument("UIDVALIDITY")) ?? folder.UidValidity;
            folder.UidNext = NumberOf(response.CodeArgument("UIDNEXT")) ?? folder.UidNext;
            if (response.IsData && response.Values is [{ Number: { } number }, { } what, ..])
            {
                folder.Exists =
                    what.Is("EXISTS") ? number
                    : what.Is("EXPUNGE") && folder.Exists > 0 ? folder.Exists - 1
                    : folder.Exists;
            }
        }

        if (response.IsData)
        {
            _collect?.Invoke(response);
        }
    }

    private static uint? NumberOf(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;

    private void Add<T>(List<T> all, T one)
    {
        all.Add(all.Count < MaxItems ? one : throw _dialogue.Malformed($"it names more than {MaxItems} things"));
    }
}
