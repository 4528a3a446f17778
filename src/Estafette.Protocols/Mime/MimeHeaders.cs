using System.Buffers;
using System.Globalization;

namespace Estafette.Protocols.Mime;

/// <summary>Writes header fields: validated, folded, encoded where the text is not plain ASCII.</summary>
/// <remarks>
/// Lines are folded at 78 characters where white space allows and never exceed 998 (RFC 5322 §2.1.1). Values with CR, LF, NUL or
/// another control character are refused here as well as at intake: nothing that reaches a header can start another one.
/// </remarks>
public static class MimeHeaders
{
    // RFC 5322 §2.2: field names are printable ASCII without colon.
    private static readonly SearchValues<char> NameChars = SearchValues.Create([
        .. Enumerable.Range(33, 94).Select(c => (char)c).Where(c => c != ':'),
    ]);

    private static readonly SearchValues<char> Controls = SearchValues.Create([
        .. Enumerable.Range(0, 32).Where(c => c != '\t').Select(c => (char)c),
        .. Enumerable.Range(127, 33).Select(c => (char)c),
    ]);

    // RFC 5322 §3.2.3
    private static readonly SearchValues<char> AtomChars = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
    );

    /// <summary>Whether a text may become the value of a header field; for forms and imports, before anything is stored.</summary>
    /// <param name="value">Text as given.</param>
    /// <param name="error">What is wrong with it, or null.</param>
    public static bool TryValidateHeaderValue(ReadOnlySpan<char> value, out string? error)
    {
        var at = value.IndexOfAny(Controls);
        error =
            at < 0 ? null
            : value[at] is '\r' or '\n' ? $"A line break at position {at + 1} is not allowed in a header."
            : $"The control character U+{(int)value[at]:X4} at position {at + 1} is not allowed in a header.";
        return at < 0;
    }

    /// <summary>Whether a text may be the name of a header field (RFC 5322 §2.2).</summary>
    public static bool IsFieldName(ReadOnlySpan<char> name) => name.Length is > 0 and <= 76 && !name.ContainsAnyExcept(NameChars);

    /// <summary>Writes free text such as Subject; encoded words when it is not plain ASCII (RFC 2047 §5 (1)).</summary>
    /// <exception cref="ArgumentException">A bad field name, or a control character in the value.</exception>
    public static void WriteText(MimeBuffer output, string name, string value)
    {
        Guard(name, value);
        var line = new HeaderLine(output, name);
        if (IsPlain(value, HeaderLine.MaxLine - name.Length - 4))
            line.Words(value);
        else
            EncodedWord.Write(ref line, value, phrase: false);
        line.End();
    }

    /// <summary>Writes an ASCII value as it is, folded at its spaces: identifiers, lists of URLs, Feedback-ID.</summary>
    /// <exception cref="ArgumentException">A bad field name, a control or non-ASCII character, or a piece without space over 900 characters.</exception>
    public static void WriteToken(MimeBuffer output, string name, string value)
    {
        Guard(name, value);
        if (!IsPlain(value, 900) && value.Length > 0)
            throw new ArgumentException(
                $"Writing header {name}: the value must be ASCII, with single spaces between pieces of at most 900 characters.",
                nameof(value)
            );
        var line = new HeaderLine(output, name);
        line.Words(value);
        line.End();
    }

    /// <summary>Writes one address field such as From or Reply-To.</summary>
    /// <exception cref="ArgumentException">A bad field name, or a control character in a name.</exception>
    public static void WriteMailbox(MimeBuffer output, string name, DisplayMailbox mailbox) => WriteMailboxes(output, name, [mailbox]);

    /// <summary>Writes a list of addresses, separated by commas (RFC 5322 §3.4).</summary>
    /// <remarks>A UTF-8 local part is written raw: such a message needs SMTPUTF8 (RFC 6532 §3.2).</remarks>
    /// <exception cref="ArgumentException">A bad field name, an empty list, or a control character in a name.</exception>
    public static void WriteMailboxes(MimeBuffer output, string name, IReadOnlyList<DisplayMailbox> mailboxes)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        if (mailboxes.Count == 0)
            throw new ArgumentException($"Writing header {name}: the list of addresses is empty.", nameof(mailboxes));
        var line = StartChecked(output, name);
        for (var i = 0; i < mailboxes.Count; i++)
        {
            var (display, address) = mailboxes[i];
            var end = i + 1 < mailboxes.Count ? "," : "";
            if (string.IsNullOrWhiteSpace(display))
            {
                line.Word(address.Address + end);
                continue;
            }
            Guard(name, display);
            WritePhrase(ref line, display.Trim());
            line.Word($"<{address.Address}>{end}");
        }
        line.End();
    }

    /// <summary>Writes an identifier between angle brackets (RFC 5322 §3.6.4), as in Message-ID.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="name">Message-ID, In-Reply-To or References.</param>
    /// <param name="id">The identifier without brackets: ASCII, one <c>@</c>, no space.</param>
    /// <exception cref="ArgumentException">Not such an identifier.</exception>
    public static void WriteMessageId(MimeBuffer output, string name, ReadOnlySpan<char> id)
    {
        var at = id.IndexOf('@');
        if (at <= 0 || at == id.Length - 1 || id.Length > 900 || id.ContainsAny('<', '>') || id.ContainsAnyExceptInRange('!', '~'))
            throw new ArgumentException($"Writing header {name}: a message identifier is left@right in ASCII without spaces.", nameof(id));
        var line = StartChecked(output, name);
        output.Write("<"u8);
        output.WriteUtf8(id);
        output.Write(">"u8);
        line.End();
    }

    /// <summary>Writes a date (RFC 5322 §3.3), in the offset it carries.</summary>
    public static void WriteDate(MimeBuffer output, string name, DateTimeOffset date)
    {
        var line = StartChecked(output, name);
        Span<char> text = stackalloc char[40];
        date.TryFormat(text, out var length, "ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture);
        // zzz gives +02:00; RFC 5322 has no colon there.
        output.WriteUtf8(text[..(length - 3)]);
        output.WriteUtf8(text[(length - 2)..length]);
        line.End();
    }

    /// <summary>Writes a value followed by parameters (RFC 2045 §5.1), in the form of RFC 2231 where one is long or not ASCII.</summary>
    /// <exception cref="ArgumentException">A bad name, or a control character in a value.</exception>
    public static void WriteParameters(
        MimeBuffer output,
        string name,
        string value,
        params ReadOnlySpan<(string Name, string Value)> parameters
    )
    {
        Guard(name, value);
        if (!IsPlain(value, 900))
            throw new ArgumentException($"Writing header {name}: the value must be ASCII.", nameof(value));
        var line = new HeaderLine(output, name);
        line.Word(parameters.IsEmpty ? value : value + ";");
        for (var i = 0; i < parameters.Length; i++)
        {
            Guard(parameters[i].Name, parameters[i].Value);
            HeaderParameter.Write(ref line, parameters[i].Name, parameters[i].Value, i + 1 == parameters.Length);
        }
        line.End();
    }

    private static void WritePhrase(ref HeaderLine line, string phrase)
    {
        if (!IsPlain(phrase, 900))
        {
            EncodedWord.Write(ref line, phrase, phrase: true);
            return;
        }
        if (
            !phrase.AsSpan().ContainsAnyExcept(AtomChars)
            || !phrase.Replace(" ", "", StringComparison.Ordinal).AsSpan().ContainsAnyExcept(AtomChars)
        )
            line.Words(phrase);
        else
            line.Words($"\"{phrase.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
    }

    // Plain text survives as it is: printable ASCII, single inner spaces (folding may not add or lose any), nothing that reads as an
    // encoded word, no piece so long that the line could not be folded.
    private static bool IsPlain(string value, int longestPiece)
    {
        var piece = 0;
        var before = ' ';
        foreach (var c in value)
        {
            if (c is < ' ' or > '~' || (c == '?' && before == '='))
                return false;
            if (c == ' ' && before == ' ')
                return false;
            piece = c == ' ' ? 0 : piece + 1;
            if (piece > longestPiece)
                return false;
            before = c;
        }
        return value.Length == 0 || before != ' ';
    }

    private static HeaderLine StartChecked(MimeBuffer output, string name)
    {
        Guard(name, "");
        return new HeaderLine(output, name);
    }

    private static void Guard(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!IsFieldName(name))
            throw new ArgumentException($"Writing a header: '{Printable(name)}' is not a field name.", nameof(name));
        if (!TryValidateHeaderValue(value, out var error))
            throw new ArgumentException($"Writing header {name}: {error}", nameof(value));
    }

    private static string Printable(string? text) =>
        text is null ? "null" : string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));
}
