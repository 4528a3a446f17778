namespace Estafette.Protocols.Imap;

/// <summary>One response of a server (RFC 3501 §7).</summary>
/// <param name="Tag">The tag of the command that it ends, <c>*</c> for data, <c>+</c> when the server waits for more.</param>
/// <param name="Status">OK, NO, BAD, BYE or PREAUTH in capitals; empty for data.</param>
/// <param name="Code">What stands in brackets behind the status, such as <c>UIDVALIDITY 7</c>; empty when nothing does.</param>
/// <param name="Text">The words of a status response or a continuation, control characters replaced.</param>
/// <param name="Values">The values of data.</param>
internal sealed record ImapResponse(string Tag, string Status, string Code, string Text, ImapValue[] Values)
{
    private static readonly string[] Statuses = ["OK", "NO", "BAD", "BYE", "PREAUTH"];

    public bool IsData => Tag == "*" && Status.Length == 0;

    /// <summary>Reads a response that has no values, so that braces and quotes in its words mean nothing; null when it has values.</summary>
    public static ImapResponse? ReadWords(byte[] line)
    {
        var text = ImapParser.Decode(line);
        var space = text.IndexOf(' ');
        var tag = space < 0 ? text : text[..space];
        var rest = space < 0 ? "" : text[(space + 1)..];
        if (tag == "+")
        {
            return new ImapResponse(tag, "", "", Clean(rest), []);
        }

        var end = rest.IndexOf(' ');
        var word = (end < 0 ? rest : rest[..end]).ToUpperInvariant();
        return Statuses.Contains(word) ? WithCode(tag, word, end < 0 ? "" : rest[(end + 1)..]) : null;
    }

    private static ImapResponse WithCode(string tag, string status, string text)
    {
        var close = text.StartsWith('[') ? text.IndexOf(']') : -1;
        return close < 0
            ? new ImapResponse(tag, status, "", Clean(text), [])
            : new ImapResponse(tag, status, Clean(text[1..close]), Clean(text[(close + 1)..].TrimStart()), []);
    }

    /// <summary>The words behind a code of this name; null when the code is another.</summary>
    public string? CodeArgument(string name) =>
        Code.Equals(name, StringComparison.OrdinalIgnoreCase) ? ""
        : Code.StartsWith(name + " ", StringComparison.OrdinalIgnoreCase) ? Code[(name.Length + 1)..]
        : null;

    private static string Clean(string text) =>
        text.Any(char.IsControl) ? new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]) : text;
}
