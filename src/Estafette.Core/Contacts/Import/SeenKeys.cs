using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Remembers which addresses were seen, by 64 bits of a hash each: 8 bytes a place, at most 256 MB for 16 million addresses. Two different
/// addresses of one file are confused with a chance of about one in a hundred thousand at that size.
/// </summary>
internal sealed class SeenKeys
{
    private const int MaxKeys = 16_000_000;
    private ulong[] _places = new ulong[1 << 16];
    private int _count;

    /// <summary>More addresses were given than are remembered.</summary>
    public bool IsFull => _count >= MaxKeys;

    /// <summary>False when the key was seen before.</summary>
    public bool Add(string key)
    {
        var hash = HashOf(key);
        var at = Find(_places, hash);
        if (_places[at] == hash)
            return false;
        if (IsFull)
            return true;
        _places[at] = hash;
        if (++_count * 2L > _places.Length)
            Grow();
        return true;
    }

    private void Grow()
    {
        var larger = new ulong[_places.Length * 2];
        foreach (var hash in _places)
            if (hash != 0)
                larger[Find(larger, hash)] = hash;
        _places = larger;
    }

    private static int Find(ulong[] places, ulong hash)
    {
        var mask = places.Length - 1;
        var at = (int)(hash >> 20) & mask;
        while (places[at] != 0 && places[at] != hash)
            at = (at + 1) & mask;
        return at;
    }

    private static ulong HashOf(string key)
    {
        Span<byte> bytes = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan()), bytes);
        return BitConverter.ToUInt64(bytes) | 1;
    }
}
