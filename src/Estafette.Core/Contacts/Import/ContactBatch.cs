using System.Text.Json.Nodes;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Consecutive rows of a file that are stored in one transaction: each address once, in the order of their keys. A stored batch is filled
/// again, with the same row objects.
/// </summary>
internal sealed class ContactBatch(KnownContacts policy)
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<ContactRow> _used = [];

    /// <summary>The rows to store.</summary>
    public List<ContactRow> Rows { get; } = [];

    /// <summary>Rows with something to report: rejected, or stored without a field.</summary>
    public List<ContactRow> Reported { get; } = [];
    public int Read { get; private set; }
    public int Rejected { get; private set; }
    public int Noted { get; private set; }

    /// <summary>Rows whose address stands in this batch before.</summary>
    public int Duplicates { get; private set; }
    public long EndOffset { get; private set; }
    public long EndLines { get; private set; }

    /// <summary>Nothing follows.</summary>
    public bool Last { get; private set; }

    /// <summary>Why nothing follows although the file is not at its end.</summary>
    public FileFault? Fault { get; private set; }

    /// <summary>A row object to read into.</summary>
    public ContactRow NextRow()
    {
        if (Read == _used.Count)
            _used.Add(new ContactRow());
        return _used[Read];
    }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        Rows.Clear();
        Reported.Clear();
        _places.Clear();
        (Read, Rejected, Noted, Duplicates) = (0, 0, 0, 0);
        (EndOffset, EndLines, Last, Fault) = (0, 0, false, null);
    }

    /// <summary>Takes in the row that was read into <see cref="NextRow"/>.</summary>
    public void Add(ContactRow row)
    {
        Read++;
        (EndOffset, EndLines) = (row.EndOffset, row.EndLines);
        if (row.Reject is not null)
        {
            Rejected++;
            Reported.Add(row);
            return;
        }
        if (row.IsReported)
        {
            Noted++;
            Reported.Add(row);
        }
        if (_places.TryAdd(row.Key!, Rows.Count))
        {
            Rows.Add(row);
            return;
        }
        Duplicates++;
        var place = _places[row.Key!];
        Rows[place] = Fold(Rows[place], row);
    }

    /// <summary>Ends the batch. Sorted rows touch neighbouring pages of the index on the key, and two writers never wait in a circle.</summary>
    public ContactBatch Close(bool last, FileFault? fault)
    {
        (Last, Fault) = (last, fault);
        Rows.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return this;
    }

    // A row that names an address of the batch again, as the policy for known contacts says.
    private ContactRow Fold(ContactRow first, ContactRow again)
    {
        if (policy == KnownContacts.Skip)
            return first;
        if (first.Consent == TrackingConsent.Refused || again.Consent == TrackingConsent.Unknown)
            again.Consent = first.Consent;
        if (policy == KnownContacts.Overwrite)
            return again;
        again.Phone ??= first.Phone;
        again.FirstName ??= first.FirstName;
        again.LastName ??= first.LastName;
        again.Language ??= first.Language;
        again.Attributes = MergeAttributes(first.Attributes.Span, again.Attributes);
        return again;
    }

    /// <summary>The attributes of both, those of <paramref name="newer"/> where a name is in both.</summary>
    public static ReadOnlyMemory<byte> MergeAttributes(ReadOnlySpan<byte> older, ReadOnlyMemory<byte> newer)
    {
        if (newer.IsEmpty)
            return older.ToArray();
        if (older.IsEmpty || older.SequenceEqual(newer.Span))
            return newer;
        var merged = JsonNode.Parse(older)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(newer.Span)!.AsObject())
            merged[name] = value?.DeepClone();
        return System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(merged, Relaxed);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
