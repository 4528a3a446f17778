namespace Estafette.Core.Contacts.Import;

/// <summary>One row of a file as it will be stored, or the reason why it will not. Used again for another row once it is stored.</summary>
internal sealed class ContactRow
{
    /// <summary>Number of the row in the file, from 1.</summary>
    public long Number { get; set; }

    /// <summary>Line on which the row begins, from 1.</summary>
    public long Line { get; set; }

    /// <summary>Byte of the file after the row.</summary>
    public long EndOffset { get; set; }

    /// <summary>Line ends before <see cref="EndOffset"/>.</summary>
    public long EndLines { get; set; }
    public string? Key { get; set; }
    public string? Email { get; set; }
    public string? Phone { get; set; }
    public string? FirstName { get; set; }
    public string? LastName { get; set; }
    public string? Language { get; set; }
    public TrackingConsent Consent { get; set; }

    /// <summary>A JSON object in UTF-8, or nothing.</summary>
    public ReadOnlyMemory<byte> Attributes { get; set; }

    /// <summary>Why the row does not go in; null when it does.</summary>
    public string? Reject { get; set; }

    /// <summary>What was left out of a row that goes in.</summary>
    public string? Note { get; set; }

    /// <summary>The row as it stands in the file, kept when there is something to report.</summary>
    public string? Raw { get; set; }

    /// <summary>Makes it the empty row of a number and line.</summary>
    public void Begin(long number, long line)
    {
        (Number, Line) = (number, line);
        (Key, Email, Phone, FirstName, LastName, Language) = (null, null, null, null, null, null);
        (Reject, Note, Raw) = (null, null, null);
        (Consent, Attributes) = (TrackingConsent.Unknown, default);
    }

    /// <summary>Adds a remark.</summary>
    public void AddNote(string text) => Note = Note is null ? text : $"{Note} {text}";
}

/// <summary>A place from which the rest of a file cannot be read.</summary>
internal sealed record FileFault(long Offset, long Line, string Reason)
{
    public string Describe(string file) => $"'{file}' is not readable from byte {Offset}, line {Line} on: {Reason}";
}

/// <summary>The rows of an open file, in order. Implemented for JSON and for CSV.</summary>
internal interface IContactRows : IDisposable
{
    /// <summary>Reads the next row, good or rejected; false at the end of the file or at a <see cref="Fault"/>.</summary>
    bool Read(ContactRow row);

    /// <summary>Why reading stopped before the end of the file.</summary>
    FileFault? Fault { get; }
}
