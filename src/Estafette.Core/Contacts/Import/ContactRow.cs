namespace Estafette.Core.Contacts.Import;

/// <summary>One row of a file as it will be stored, or the reason why it will not. Used again for another row once it is stored.</summary>
internal sealed class ContactRow
{
    private readonly List<ImportReason> _notes = [];

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
    public ImportReason? Reject { get; set; }

    /// <summary>What was left out of the row.</summary>
    public IReadOnlyList<ImportReason> Notes => _notes;

    /// <summary>Whether there is something to tell about the row.</summary>
    public bool IsReported => Reject is not null || _notes.Count > 0;

    /// <summary>What there is to tell about the row, the most important first.</summary>
    public IReadOnlyList<ImportReason> Reasons => Reject is null ? [.. _notes] : [Reject, .. _notes];

    /// <summary>The row as it stands in the file, kept when there is something to report.</summary>
    public string? Raw { get; set; }

    /// <summary>Makes it the empty row of a number and line.</summary>
    public void Begin(long number, long line)
    {
        (Number, Line) = (number, line);
        (Key, Email, Phone, FirstName, LastName, Language) = (null, null, null, null, null, null);
        (Reject, Raw) = (null, null);
        _notes.Clear();
        (Consent, Attributes) = (TrackingConsent.Unknown, default);
    }

    /// <summary>Adds what was left out.</summary>
    public void AddNote(ImportReason reason) => _notes.Add(reason);
}

/// <summary>A place from which the rest of a file cannot be read.</summary>
internal sealed record FileFault(long Offset, long Line, ImportReason Reason)
{
    /// <summary>Why the import of a file stopped there.</summary>
    public ImportReason Of(string file) => ImportReason.Of("stopped-at", file, Offset, Line) with { Cause = Reason };
}

/// <summary>The rows of an open file, in order. Implemented for JSON and for CSV.</summary>
internal interface IContactRows : IDisposable
{
    /// <summary>Reads the next row, good or rejected; false at the end of the file or at a <see cref="Fault"/>.</summary>
    bool Read(ContactRow row);

    /// <summary>Why reading stopped before the end of the file.</summary>
    FileFault? Fault { get; }
}
