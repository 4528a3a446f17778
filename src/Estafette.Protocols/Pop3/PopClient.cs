using System.Globalization;
using System.Text;
using Estafette.Protocols.Mailboxes;

namespace Estafette.Protocols.Pop3;

/// <summary>One message of a maildrop.</summary>
/// <param name="Number">Its number on this connection, from 1.</param>
/// <param name="Bytes">Its size in octets, as the server counts.</param>
/// <param name="Uid">What names it in every session (UIDL, RFC 1939 §7); null when the server has none.</param>
public sealed record PopMessage(int Number, long Bytes, string? Uid);

/// <summary>One session with a POP3 server (RFC 1939).</summary>
/// <remarks>
/// Messages marked with <see cref="DeleteAsync"/> are removed by <see cref="QuitAsync"/> only; a session that breaks removes nothing
/// (RFC 1939 §6). Every call has a deadline, every answer a limit. A refused command throws with <see cref="MailboxFailure.Refused"/> and leaves the
/// session good; anything else ends it. One call at a time; not thread-safe.
/// </remarks>
public sealed class PopClient : IAsyncDisposable
{
    private const int MaxMessages = 1_000_000;

    // RFC 1939 §3 has 512 octets; servers put more into their errors.
    private const int MaxReplyBytes = 4096;

    private readonly MailboxWire _wire;
    private readonly MailboxOptions _options;
    private readonly HashSet<string> _capabilities = new(StringComparer.OrdinalIgnoreCase);

    private PopClient(MailboxWire wire, MailboxOptions options)
    {
        _wire = wire;
        _options = options;
    }

    /// <summary>TLS protects the connection.</summary>
    public bool IsEncrypted => _wire.IsEncrypted;

    /// <summary>Nothing has ended the session yet, as far as this end knows.</summary>
    public bool IsUsable => !_wire.IsBroken;

    /// <summary>Connects, starts TLS and signs in.</summary>
    /// <exception cref="MailboxException">It did not work; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<PopClient> ConnectAsync(MailboxOptions options, CancellationToken ct = default)
    {
        var client = new PopClient(await MailboxWire.ConnectAsync(options, ct), options);
        try
        {
            return await client._wire.WithinAsync(
                options.Timeouts.SignIn,
                "Signing in",
                async () =>
                {
                    await client.OpenAsync();
                    return client;
                },
                ct
            );
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>All messages with size and name (LIST and UIDL, RFC 1939 §5, §7).</summary>
    public ValueTask<IReadOnlyList<PopMessage>> ListAsync(CancellationToken ct = default) =>
        RunAsync<IReadOnlyList<PopMessage>>(
            "LIST",
            _options.Timeouts.Command,
            async () =>
            {
                await AskAsync("LIST");
                var sizes = await ReadPairsAsync();
                var names = await TryAskAsync("UIDL") is null ? await ReadPairsAsync() : [];
                return [.. sizes.Select(s => new PopMessage(s.Key, Size(s.Value), names.GetValueOrDefault(s.Key))).OrderBy(m => m.Number)];
            },
            ct
        );

    /// <summary>Writes the text of a message without its stuffing (RETR, RFC 1939 §5).</summary>
    /// <param name="number">Its number on this connection.</param>
    /// <param name="to">Gets the octets as they come.</param>
    /// <param name="maxBytes">Octets at most. POP3 cannot ask for less than a message, so a larger one is read and dropped.</param>
    /// <param name="ct">Closes the session.</param>
    /// <returns>False when the message is larger; what was written is its beginning.</returns>
    public ValueTask<bool> RetrieveAsync(int number, Stream to, long maxBytes, CancellationToken ct = default) =>
        RunAsync(
            "RETR",
            _options.Timeouts.Transfer,
            async () =>
            {
                await AskAsync($"RETR {number}");
                return await new PopText(_wire).CopyAsync(to, maxBytes) <= maxBytes;
            },
            ct
        );

    /// <summary>Marks a message for removal at the end of the session (DELE, RFC 1939 §5).</summary>
    public async ValueTask DeleteAsync(int number, CancellationToken ct = default) =>
        await RunAsync("DELE", _options.Timeouts.Command, () => AskAsync($"DELE {number}"), ct);

    /// <summary>Ends the session; the server removes what is marked, and throws when it did not (QUIT, RFC 1939 §6).</summary>
    /// <exception cref="MailboxException">The server did not confirm, so marked messages may come again.</exception>
    public async ValueTask QuitAsync(CancellationToken ct = default)
    {
        try
        {
            await RunAsync("QUIT", _options.Timeouts.Command, () => AskAsync("QUIT"), ct);
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <summary>Closes without a word: nothing is removed.</summary>
    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    private ValueTask<T> RunAsync<T>(string doing, TimeSpan limit, Func<ValueTask<T>> talk, CancellationToken ct) =>
        _wire.WithinAsync(limit, doing, talk, ct);

    private async ValueTask OpenAsync()
    {
        if (_options.Tls == MailboxTls.Implicit)
        {
            await _wire.StartTlsAsync();
        }

        if (await ReadStatusAsync() is { } refusal)
        {
            throw _wire.Failed(MailboxFailure.Closed, "Signing in", $"its greeting is no welcome: {refusal}");
        }

        if (_options.Tls == MailboxTls.StartTls)
        {
            await StartTlsAsync();
        }

        await LearnAsync();
        await SignInAsync();
    }

    private async ValueTask StartTlsAsync()
    {
        // RFC 2595 §4.
        if (await TryAskAsync("STLS") is { } refusal)
        {
            throw _wire.Failed(MailboxFailure.Tls, "Starting TLS", $"it refuses STLS, which is required: {refusal}; use its TLS port");
        }

        await _wire.StartTlsAsync();
    }

    private async ValueTask LearnAsync()
    {
        // RFC 2449 §5; a server that does not know CAPA refuses it.
        if (await TryAskAsync("CAPA") is not null)
        {
            return;
        }

        while (await _wire.ReadLineAsync(MaxReplyBytes) is var line && !line.AsSpan().SequenceEqual("."u8))
        {
            _capabilities.Add(Text(line));
            if (_capabilities.Count > 500)
            {
                throw Malformed("it names too many capabilities");
            }
        }
    }

    private async ValueTask SignInAsync()
    {
        if (!_wire.MayShowPassword)
        {
            throw _wire.Failed(MailboxFailure.Policy, "Signing in", "it would show the password on an unencrypted line; use TLS");
        }

        if (string.Concat(_options.Username, _options.Password).Any(char.IsControl))
        {
            throw _wire.Failed(MailboxFailure.Policy, "Signing in", "name or password holds a control character");
        }

        // A server that lists what it can do and leaves USER out wants SASL (RFC 2449 §6.3, RFC 5034).
        var sasl = _capabilities.FirstOrDefault(c => c.StartsWith("SASL ", StringComparison.OrdinalIgnoreCase));
        var usesSasl =
            sasl is not null && !_capabilities.Contains("USER") && sasl.Split(' ').Contains("PLAIN", StringComparer.OrdinalIgnoreCase);
        var refusal = usesSasl
            ? await TryAskAsync(
                $"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{_options.Username}\0{_options.Password}"))}"
            )
            : await TryAskAsync($"USER {_options.Username}") ?? await TryAskAsync($"PASS {_options.Password}");
        if (refusal is not null)
        {
            // RFC 3206 §4, RFC 2449 §8.1.1: the mailbox is in use, or the server is ill.
            var isTemporary =
                refusal.StartsWith("[IN-USE]", StringComparison.OrdinalIgnoreCase)
                || refusal.StartsWith("[SYS/", StringComparison.OrdinalIgnoreCase);
            throw _wire.Failed(isTemporary ? MailboxFailure.Closed : MailboxFailure.SignInRefused, "Signing in", $"refused: {refusal}");
        }
    }

    private async ValueTask<bool> AskAsync(string command) =>
        await TryAskAsync(command) is { } refusal
            ? throw _wire.Failed(MailboxFailure.Refused, command.Split(' ')[0], $"refused: {refusal}")
            : true;

    /// <summary>Sends a command; null when it was done, else the words of the refusal.</summary>
    private async ValueTask<string?> TryAskAsync(string command)
    {
        await _wire.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
        return await ReadStatusAsync();
    }

    private async ValueTask<string?> ReadStatusAsync()
    {
        var line = Text(await _wire.ReadLineAsync(MaxReplyBytes));
        return line == "+OK" || line.StartsWith("+OK ", StringComparison.Ordinal) ? null
            : line == "-ERR" || line.StartsWith("-ERR ", StringComparison.Ordinal) ? line[4..].Trim()
            : throw Malformed("an answer is neither +OK nor -ERR");
    }

    /// <summary>Lines of a number and a word, up to the dot.</summary>
    private async ValueTask<Dictionary<int, string>> ReadPairsAsync()
    {
        var pairs = new Dictionary<int, string>();
        while (await _wire.ReadLineAsync(MaxReplyBytes) is var line && !line.AsSpan().SequenceEqual("."u8))
        {
            if (
                Text(line).Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var number, var word, ..]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                || pairs.Count >= MaxMessages
            )
            {
                throw Malformed("a line of a list cannot be read");
            }

            pairs[n] = word;
        }

        return pairs;
    }

    private long Size(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : throw Malformed("a size is no number");

    private MailboxException Malformed(string why) => _wire.Failed(MailboxFailure.Protocol, "Reading a POP3 answer", why);

    private static string Text(byte[] line) =>
        new([
            .. (System.Text.Unicode.Utf8.IsValid(line) ? Encoding.UTF8 : Encoding.Latin1)
                .GetString(line)
                .Select(c => char.IsControl(c) ? ' ' : c),
        ]);
}
