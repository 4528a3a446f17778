namespace Estafette.Protocols.Imap;

/// <summary>A folder of the account (RFC 3501 §7.2.2).</summary>
/// <param name="Name">Decoded name.</param>
/// <param name="Delimiter">What parts the levels of the name; null when there are none.</param>
/// <param name="Attributes">As given, such as <c>\Noselect</c>, <c>\Sent</c> (RFC 6154), <c>\HasChildren</c>.</param>
public sealed record ImapFolder(string Name, char? Delimiter, IReadOnlyList<string> Attributes)
{
    /// <summary>Can be selected.</summary>
    public bool IsSelectable => !Has("\\Noselect") && !Has("\\NonExistent");

    /// <summary>Has this attribute, whatever its capitals.</summary>
    public bool Has(string attribute) => Attributes.Contains(attribute, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The folder that is selected, kept up to date by what the server says.</summary>
public sealed class ImapMailbox
{
    internal ImapMailbox(string name) => Name = name;

    /// <summary>Decoded name.</summary>
    public string Name { get; }

    /// <summary>UIDs mean the same messages as long as this does not change (RFC 3501 §2.3.1.1); 0 when the server gives none.</summary>
    public uint UidValidity { get; internal set; }

    /// <summary>Least UID of a message to come; 0 when the server gives none.</summary>
    public uint UidNext { get; internal set; }

    /// <summary>Messages in it.</summary>
    public uint Exists { get; internal set; }

    /// <summary>Nothing can be changed.</summary>
    public bool IsReadOnly { get; internal set; }
}

/// <summary>What is known of a message without its text.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Bytes">Its size in octets.</param>
/// <param name="Flags">As given, such as <c>\Seen</c>.</param>
/// <param name="Received">When the server got it; null when it does not say.</param>
public sealed record ImapSummary(uint Uid, long Bytes, IReadOnlyList<string> Flags, DateTimeOffset? Received);

/// <summary>What became of the wish for a message.</summary>
public enum ImapFetch
{
    /// <summary>The whole text was written.</summary>
    Complete,

    /// <summary>There is no such message any more; nothing was written.</summary>
    Gone,

    /// <summary>The message is larger than the limit; what was written is its beginning.</summary>
    TooLarge,
}

/// <summary>Which messages to find; all that is given must hold.</summary>
public sealed record ImapSearch
{
    /// <summary>UIDs from here on; 0 for all.</summary>
    public uint FromUid { get; init; }

    /// <summary>Not seen yet.</summary>
    public bool Unseen { get; init; }

    /// <summary>Not marked for deletion.</summary>
    public bool Undeleted { get; init; }

    /// <summary>Flagged.</summary>
    public bool Flagged { get; init; }

    /// <summary>Received on this day or later.</summary>
    public DateOnly? Since { get; init; }

    /// <summary>Received before this day.</summary>
    public DateOnly? Before { get; init; }

    /// <summary>Words in From.</summary>
    public string? From { get; init; }

    /// <summary>Words in To.</summary>
    public string? To { get; init; }

    /// <summary>Words in the subject.</summary>
    public string? Subject { get; init; }

    /// <summary>Words in the body.</summary>
    public string? Body { get; init; }

    /// <summary>Words anywhere.</summary>
    public string? Text { get; init; }

    internal ImapCommand ToCommand()
    {
        var command = new ImapCommand("UID SEARCH");
        var words = new (string Key, string? Value)[] { ("FROM", From), ("TO", To), ("SUBJECT", Subject), ("BODY", Body), ("TEXT", Text) };
        if (words.Any(w => w.Value is { } value && !System.Text.Ascii.IsValid(value)))
        {
            command.Atom("CHARSET UTF-8");
        }

        command.Atom(FromUid > 0 ? $"UID {FromUid}:*" : "ALL");
        foreach (var (isWanted, key) in new[] { (Unseen, "UNSEEN"), (Undeleted, "UNDELETED"), (Flagged, "FLAGGED") })
        {
            _ = isWanted ? command.Atom(key) : command;
        }

        foreach (var (day, key) in new[] { (Since, "SINCE"), (Before, "BEFORE") })
        {
            _ = day is { } given
                ? command.Atom($"{key} {given.ToString("d-MMM-yyyy", System.Globalization.CultureInfo.InvariantCulture)}")
                : command;
        }

        foreach (var (key, value) in words)
        {
            _ = value is null ? command : command.Atom(key).String(value);
        }

        return command;
    }
}
