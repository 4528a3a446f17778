using System.Buffers;

namespace Estafette.Protocols.Sms;

/// <summary>How the characters of a short message are coded on the air.</summary>
public enum SmsEncoding
{
    /// <summary>Seven bits a character (3GPP TS 23.038 §6.2.1): Latin capitals, some accents, a few Greek letters.</summary>
    Gsm7,

    /// <summary>Sixteen bits a unit: any text.</summary>
    Ucs2,
}

/// <summary>How long a short message is, for its price and its preview (interfaces.md §3.7).</summary>
/// <param name="Encoding">Seven bits when every character has a code there, else sixteen.</param>
/// <param name="Units">Septets, where a character of the extension table counts two; or UTF-16 units.</param>
/// <param name="Parts">Messages it is sent as; an empty text is one.</param>
/// <remarks>
/// One part holds 160 septets or 70 units. Longer texts carry a header of six octets in each part, which leaves 153 or 67
/// (3GPP TS 23.040 §9.2.3.24.1); neither an escape with its character nor a surrogate pair is divided between two parts.
/// </remarks>
public readonly record struct SmsText(SmsEncoding Encoding, int Units, int Parts)
{
    private const int OneGsm = 160;
    private const int ManyGsm = 153;
    private const int OneUcs = 70;
    private const int ManyUcs = 67;

    private static readonly SearchValues<char> Extension = SearchValues.Create("^{}\\[~]|€\f");

    // 3GPP TS 23.038 §6.2.1, both tables.
    private static readonly SearchValues<char> Gsm = SearchValues.Create(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
            + "^{}\\[~]|€\f"
    );

    /// <summary>Measures a text.</summary>
    public static SmsText Measure(ReadOnlySpan<char> text) =>
        text.ContainsAnyExcept(Gsm)
            ? Of(
                SmsEncoding.Ucs2,
                text,
                OneUcs,
                ManyUcs,
                static (rest, _) => rest.Length > 1 && char.IsSurrogatePair(rest[0], rest[1]) ? 2 : 1
            )
            : Of(SmsEncoding.Gsm7, text, OneGsm, ManyGsm, static (rest, extension) => extension.Contains(rest[0]) ? 2 : 1);

    private static SmsText Of(
        SmsEncoding encoding,
        ReadOnlySpan<char> text,
        int one,
        int many,
        Func<ReadOnlySpan<char>, SearchValues<char>, int> cost
    )
    {
        var (units, parts, used) = (0, 1, 0);
        for (var at = 0; at < text.Length; )
        {
            var width = cost(text[at..], Extension);
            at += encoding == SmsEncoding.Ucs2 ? width : 1;
            units += width;
            if (used + width > many)
                (parts, used) = (parts + 1, 0);
            used += width;
        }
        return new SmsText(encoding, units, units <= one ? 1 : parts);
    }
}
