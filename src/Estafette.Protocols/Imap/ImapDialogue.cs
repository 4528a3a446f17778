using System.Globalization;
using System.Text;
using Estafette.Protocols.Mailboxes;

namespace Estafette.Protocols.Imap;

/// <summary>Takes the octets of a literal that is not for memory; of one more than <c>MaxBytes</c> the last is dropped.</summary>
internal sealed record ImapLiteralSink(Stream To, long MaxBytes, Func<string, bool> IsWanted)
{
    /// <summary>Octets of the literal, once it has come.</summary>
    public long? Received { get; set; }
}

/// <summary>A command as it is being put together: atoms as they are, strings in a form that no server can misread.</summary>
/// <remarks>
/// A string without special characters is quoted; any other is a literal, so a line break or a quote in a name never becomes a command
/// (RFC 3501 §4.3). Literals wait for the server unless it does not want that (RFC 7888).
/// </remarks>
internal sealed class ImapCommand(string name)
{
    private readonly List<(string Text, ReadOnlyMemory<byte> Literal)> _pieces = [];
    private StringBuilder _text = new(name);

    public string Name { get; } = name;

    public IReadOnlyList<(string Text, ReadOnlyMemory<byte> Literal)> Pieces => _pieces;

    public string Last => _text.ToString();

    public ImapCommand Atom(string atom)
    {
        _text.Append(' ').Append(atom);
        return this;
    }

    public ImapCommand String(string value)
    {
        if (value.All(c => c is >= ' ' and <= '~' and not ('"' or '\\')) && value.Length < 200)
        {
            _text.Append(" \"").Append(value).Append('"');
            return this;
        }

        return Literal(Encoding.UTF8.GetBytes(value));
    }

    public ImapCommand Mailbox(string name) => String(ModifiedUtf7.Encode(name));

    public ImapCommand Literal(ReadOnlyMemory<byte> bytes)
    {
        _pieces.Add((_text.Append(' ').ToString(), bytes));
        _text = new StringBuilder();
        return this;
    }
}

/// <summary>Commands out, responses in: tags, literals, limits.</summary>
internal sealed class ImapDialogue(MailboxWire wire, MailboxOptions options)
{
    private int _lastTag;

    /// <summary>Literals need not wait (RFC 7888).</summary>
    public Func<int, bool> MaySendLiteralAtOnce { get; set; } = _ => false;

    /// <summary>Sees every response that is not the end of a command.</summary>
    public Action<ImapResponse> OnUntagged { get; set; } = _ => { };

    /// <summary>Sends a command and reads up to its end, which may be NO or BAD.</summary>
    public async ValueTask<ImapResponse> AskAsync(ImapCommand command, ImapLiteralSink? sink = null)
    {
        var tag = NextTag();
        var line = new StringBuilder(tag).Append(' ');
        foreach (var (text, literal) in command.Pieces)
        {
            var atOnce = MaySendLiteralAtOnce(literal.Length);
            line.Append(text).Append(CultureInfo.InvariantCulture, $"{{{literal.Length}{(atOnce ? "+" : "")}}}\r\n");
            await wire.WriteAsync(Encoding.ASCII.GetBytes(line.ToString()));
            line.Clear();
            if (!atOnce && await ReadUntilAsync(tag, sink) is { Tag: not "+" } refusal)
            {
                return refusal;
            }

            await wire.WriteAsync(literal);
        }

        line.Append(command.Last).Append("\r\n");
        await wire.WriteAsync(Encoding.ASCII.GetBytes(line.ToString()));
        var end = await ReadUntilAsync(tag, sink);
        return end.Tag != "+" ? end : throw Malformed("the server waits for more than the command has");
    }

    /// <summary>Sends one line whose reply is a continuation or an end.</summary>
    public async ValueTask<(string Tag, ImapResponse Response)> BeginAsync(string command)
    {
        var tag = NextTag();
        await WriteLineAsync($"{tag} {command}");
        return (tag, await ReadUntilAsync(tag, null));
    }

    public ValueTask WriteLineAsync(string line) => wire.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));

    /// <summary>Reads up to the end of the command or a continuation.</summary>
    public async ValueTask<ImapResponse> ReadUntilAsync(string tag, ImapLiteralSink? sink)
    {
        while (true)
        {
            var response = await ReadAsync(sink);
            if (response.Tag == "+" || response.Tag == tag)
            {
                return response;
            }

            if (response.Tag != "*")
            {
                throw Malformed("it answers a command that was not given");
            }

            OnUntagged(response);
            if (response.Status == "BYE" && tag.Length > 0)
            {
                throw wire.Failed(MailboxFailure.Closed, "Waiting for an answer", $"the server says goodbye: {response.Text}");
            }
        }
    }

    /// <summary>One response with its literals.</summary>
    public async ValueTask<ImapResponse> ReadAsync(ImapLiteralSink? sink = null)
    {
        var left = options.MaxResponseBytes;
        var line = await wire.ReadLineAsync(left);
        if (ImapResponse.ReadWords(line) is { } words)
        {
            return words;
        }

        var texts = new List<byte[]> { line };
        var literals = new List<ImapValue>();
        left -= line.Length;
        while (LiteralLength(line) is { } length)
        {
            if (sink is { Received: null } && sink.IsWanted(Encoding.Latin1.GetString(line)))
            {
                await StreamAsync(length, sink);
                literals.Add(ImapValue.Streamed);
            }
            else
            {
                left -= (int)Math.Min(length, int.MaxValue);
                literals.Add(left < 0 ? throw Malformed("a literal is too long") : await ReadLiteralAsync((int)length));
            }

            line = await wire.ReadLineAsync(Math.Max(left, 0));
            left -= line.Length;
            texts.Add(line);
        }

        return ImapParser.Parse(texts, literals) is [{ Kind: ImapKind.Atom } tag, .. var values]
            ? new ImapResponse(tag.Text, "", "", "", values)
            : throw Malformed("a response cannot be read");
    }

    public MailboxException Malformed(string why) => wire.Failed(MailboxFailure.Protocol, "Reading an IMAP answer", why);

    private string NextTag() => string.Create(CultureInfo.InvariantCulture, $"A{++_lastTag}");

    /// <summary>The length at the end of a line that a literal follows; null when none does (RFC 3501 §4.3).</summary>
    private static long? LiteralLength(byte[] line)
    {
        var open = line is [.., (byte)'}'] ? line.AsSpan().LastIndexOf((byte)'{') : -1;
        return
            open >= 0
            && long.TryParse(
                Encoding.Latin1.GetString(line.AsSpan()[(open + 1)..^1]),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var n
            )
            ? n
            : null;
    }

    private async ValueTask<ImapValue> ReadLiteralAsync(int length)
    {
        var bytes = new MemoryStream();
        while (bytes.Length < length)
        {
            bytes.Write((await wire.ReadPieceAsync(length - bytes.Length)).Span);
        }

        return ImapValue.String(ImapParser.Decode(bytes.GetBuffer().AsSpan(0, length)));
    }

    private async ValueTask StreamAsync(long length, ImapLiteralSink sink)
    {
        if (length > sink.MaxBytes + 1)
        {
            throw Malformed("it sends more of a message than was asked for");
        }

        for (var left = length; left > 0; )
        {
            var piece = await wire.ReadPieceAsync(left);
            var kept = Math.Min(piece.Length, sink.MaxBytes - (length - left));
            await sink.To.WriteAsync(piece[..(int)kept], wire.Over);
            left -= piece.Length;
        }

        sink.Received = length;
    }
}
