using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Dkim;

/// <summary>A message as a verifier sees it: its fields, its body, and the hashes that signatures are over.</summary>
/// <remarks>Every step is linear in the size of the message for each signature, whatever the signatures list.</remarks>
internal sealed class SignedMessage
{
    private readonly byte[] _bytes;
    private readonly int _bodyStart;
    private readonly Dictionary<string, List<int>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(bool, long), (byte[] Hash, long Length)> _bodyHashes = [];

    private SignedMessage(byte[] bytes)
    {
        _bytes = bytes;
        var blank = bytes.AsSpan().StartsWith("\r\n"u8) ? -2 : bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        var headerEnd = blank == -1 ? bytes.Length : blank + 2;
        _bodyStart = blank == -1 ? bytes.Length : blank + 4;
        Fields = HeaderFields.SplitWhatIsReadable(bytes.AsSpan(0, headerEnd));
        for (var i = 0; i < Fields.Count; i++)
        {
            var name = Encoding.Latin1.GetString(bytes, Fields[i].Start, Fields[i].NameLength);
            if (!_byName.TryGetValue(name, out var places))
                _byName[name] = places = [];
            places.Add(i);
        }
    }

    internal List<HeaderField> Fields { get; }

    /// <summary>Places of the fields of that name, from the first to the last.</summary>
    internal IReadOnlyList<int> PlacesOf(string name) => _byName.GetValueOrDefault(name) ?? [];

    /// <summary>Reads a message; when its header has LF alone at line ends, each LF stands for CRLF.</summary>
    internal static SignedMessage Read(ReadOnlySpan<byte> message)
    {
        var first = message.IndexOf((byte)'\n');
        if (first < 0 || (first > 0 && message[first - 1] == (byte)'\r'))
            return new SignedMessage(message.ToArray());
        using var output = new MimeBuffer(message.Length + 1024);
        while (!message.IsEmpty)
        {
            var end = message.IndexOf((byte)'\n');
            var line = end < 0 ? message : message[..end];
            output.Write(line.EndsWith("\r"u8) && end >= 0 ? line[..^1] : line);
            if (end < 0)
                break;
            output.Write("\r\n"u8);
            message = message[(end + 1)..];
        }
        return new SignedMessage(output.ToArray());
    }

    /// <summary>The value of a field as it stands, one character a byte.</summary>
    internal string RawValue(int place)
    {
        var field = Fields[place].Of(_bytes);
        return Encoding.Latin1.GetString(field[(field.IndexOf((byte)':') + 1)..]);
    }

    /// <summary>The hash of the canonical body, and how many bytes it covers.</summary>
    internal (byte[] Hash, long Length) BodyHash(DkimSignature signature) =>
        BodyHash(signature.HasRelaxedBody, signature.BodyLimit ?? long.MaxValue);

    /// <summary>Whether the canonical body goes on after what is signed of it.</summary>
    internal bool IsLongerThan(DkimSignature signature) =>
        signature.BodyLimit < long.MaxValue
        && BodyHash(signature.HasRelaxedBody, signature.BodyLimit.Value + 1).Length > signature.BodyLimit;

    private (byte[] Hash, long Length) BodyHash(bool relaxed, long limit)
    {
        var key = (relaxed, limit);
        if (!_bodyHashes.TryGetValue(key, out var known))
        {
            var hash = new byte[SHA256.HashSizeInBytes];
            var body = _bytes.AsSpan(_bodyStart);
            var length = relaxed ? RelaxedBody.Hash(body, hash, limit) : SimpleBody.Hash(body, hash, limit);
            _bodyHashes[key] = known = (hash, length);
        }
        return known;
    }

    /// <summary>The hash of the signed fields and of the signature's own field without its <c>b=</c> value (RFC 6376 §3.7).</summary>
    internal byte[] HeaderHash(int place, DkimSignature signature, Range value)
    {
        using var canonical = new MimeBuffer(4096);
        var used = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in signature.Headers)
        {
            // §5.4.2: each mention of a name takes the next field from the bottom; mentions without a field sign their absence.
            var taken = used.GetValueOrDefault(name);
            var places = PlacesOf(name);
            if (taken < places.Count && places[^(taken + 1)] == place)
                taken++;
            used[name] = taken + 1;
            if (taken < places.Count)
                Append(canonical, Fields[places[^(taken + 1)]].Of(_bytes), signature.HasRelaxedHeader);
        }
        var own = Fields[place].Of(_bytes);
        var start = own.IndexOf((byte)':') + 1;
        using var emptied = new MimeBuffer(own.Length);
        emptied.Write(own[..(start + value.Start.Value)]);
        emptied.Write(own[(start + value.End.Value)..]);
        AppendOwn(canonical, emptied.WrittenSpan, signature.HasRelaxedHeader);
        return SHA256.HashData(canonical.WrittenSpan);
    }

    private static void Append(MimeBuffer canonical, ReadOnlySpan<byte> field, bool relaxed)
    {
        if (relaxed)
            RelaxedHeader.Append(canonical, field, withLineEnd: true);
        else
            canonical.Write(field);
    }

    private static void AppendOwn(MimeBuffer canonical, ReadOnlySpan<byte> field, bool relaxed)
    {
        if (relaxed)
            RelaxedHeader.Append(canonical, field, withLineEnd: false);
        else
            canonical.Write(field.EndsWith("\r\n"u8) ? field[..^2] : field);
    }
}
