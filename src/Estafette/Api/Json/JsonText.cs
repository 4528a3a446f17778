using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Estafette.Api.Json;

/// <summary>What the JSON reader takes and nobody can read afterwards: octets that are no UTF-8, and half a surrogate pair as an escape (RFC 8259 §8).</summary>
internal static class JsonText
{
    /// <summary>Where the first fault stands, from 0; -1: none.</summary>
    public static int FaultAt(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            return BrokenAt(text);
        for (var at = 0; text[at..].IndexOf((byte)'\\') is >= 0 and var step; )
        {
            at += step;
            var unit = UnitAt(text, at);
            if (unit < 0 || !char.IsSurrogate((char)unit))
            {
                at = Math.Min(at + 2, text.Length);
                continue;
            }
            if (!char.IsHighSurrogate((char)unit) || UnitAt(text, at + 6) is not (>= 0xDC00 and <= 0xDFFF))
                return at;
            at += 12;
        }
        return -1;
    }

    /// <summary>Line and place in it, both from 1.</summary>
    public static (int Line, int Column) PlaceOf(ReadOnlySpan<byte> text, int at)
    {
        var before = text[..at];
        return (before.Count((byte)'\n') + 1, at - before.LastIndexOf((byte)'\n'));
    }

    private static int BrokenAt(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }

    /// <summary>The code unit of an escape like \u00e9; -1: no such escape stands here.</summary>
    private static int UnitAt(ReadOnlySpan<byte> text, int at) =>
        at + 6 <= text.Length
        && text[at] == '\\'
        && text[at + 1] == 'u'
        && int.TryParse(text.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? unit
            : -1;
}
