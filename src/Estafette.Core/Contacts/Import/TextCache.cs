using System.Text;

namespace Estafette.Core.Contacts.Import;

/// <summary>Gives the same string again for the same short text: names, languages and towns repeat through a file.</summary>
internal sealed class TextCache
{
    private const int Places = 4096;
    private const int MaxBytes = 32;

    private readonly (byte[] Utf8, string Text)[] _known = new (byte[], string)[Places];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
            return Encoding.UTF8.GetString(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var place = ref _known[(uint)hash.ToHashCode() % Places];
        if (place.Utf8 is null || !utf8.SequenceEqual(place.Utf8))
            place = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return place.Text;
    }
}

/// <summary>Cuts many small byte strings out of few arrays.</summary>
internal sealed class ByteArena
{
    private const int ChunkBytes = 64 * 1024;

    private byte[] _chunk = [];
    private int _used;

    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > ChunkBytes / 4)
            return bytes.ToArray();
        if (_chunk.Length - _used < bytes.Length)
            (_chunk, _used) = (new byte[ChunkBytes], 0);
        var copy = _chunk.AsMemory(_used, bytes.Length);
        bytes.CopyTo(copy.Span);
        _used += bytes.Length;
        return copy;
    }
}
