using System.Text.Json.Nodes;

namespace Estafette.Core.Contacts.Import;

/// <summary>Consecutive rows of a file that are stored in one transaction: each address once, in the order of their keys.</summary>
internal sealed class ContactBatch(KnownContacts policy)
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

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
        if (row.Note is not null)
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
        again.Attributes = MergeAttributes(first.Attributes, again.Attributes);
        return again;
    }

    /// <summary>The attributes of both, those of <paramref name="newer"/> where a name is in both.</summary>
    public static byte[]? MergeAttributes(ReadOnlySpan<byte> older, byte[]? newer)
    {
        if (newer is null || older.IsEmpty)
            return newer ?? (older.IsEmpty ? null : older.ToArray());
        if (older.SequenceEqual(newer))
            return newer;
        var merged = JsonNode.Parse(older)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(newer)!.AsObject())
            merged[name] = value?.DeepClone();
        return System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(merged, Relaxed);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
