using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Estafette.Core.Tracking;

/// <summary>What a token allows. Values are part of issued tokens: never renumber.</summary>
internal enum TokenPurpose : byte
{
    /// <summary>Pixel of one delivery.</summary>
    Open = 1,

    /// <summary>Link of one delivery.</summary>
    Click = 2,

    /// <summary>Unsubscribe page and one-click request of one delivery.</summary>
    Unsubscribe = 3,

    /// <summary>Web version of one delivery.</summary>
    WebVersion = 4,

    /// <summary>Pixel of a campaign, the same for all recipients.</summary>
    AggregateOpen = 5,

    /// <summary>Link of a campaign, the same for all recipients.</summary>
    AggregateClick = 6,

    /// <summary>Envelope sender of one delivery.</summary>
    Bounce = 7,

    /// <summary>Pixel of one delivery at tracking level "hygiene": only the day of the last open is kept.</summary>
    HygieneOpen = 8,

    /// <summary>A sign-up form that was shown: the subject is the form, the content number the second at which it was.</summary>
    FormShown = 20,

    /// <summary>Confirmation link of a sign-up: the subject is the request, the content number the second at which it expires.</summary>
    FormConfirm = 21,

    /// <summary>The page on which people without a link ask to get nothing more: the subject is the customer.</summary>
    OptOutPage = 22,

    /// <summary>The link of the mail that answers them: the subject is the request, the content number the second at which it expires.</summary>
    OptOutConfirm = 23,
}

/// <summary>
/// A token of a pixel, link, unsubscribe or web version URL, or of an envelope sender; it carries its own proof, so nothing is stored per
/// recipient and link and nothing can be enumerated.
/// <para>Layout, before base64url (URLs) or lower-case base32 (envelope senders): key id (1 byte), purpose (1 byte), subject, content and
/// link number (each a base-128 varint, low groups first, shortest form), then 10 bytes (80 bits) of an HMAC-SHA256. The MAC is taken over the
/// bytes before the link number and the number divided by three; the remainder says which 10 of its 32 bytes the token carries, so that one
/// MAC proves three links of a message. The subject is a delivery, for aggregate purposes a campaign. A first delivery of a young installation gives 22 characters;
/// the largest possible token <see cref="MaxChars"/>.</para>
/// <para>Invariants: the purpose is under the MAC, so a pixel's token cannot unsubscribe; the content version is in the token, so a click is
/// resolved from a small in-memory table without touching the ledger, and a delivery repeated with edited content keeps the links each
/// copy left with; the target URL is never in the token. Tokens do not expire (RFC 8058 §3.1: the request must work years later); a key is
/// therefore never deleted, only superseded. The MAC is compared in constant time. No token contains an address.</para>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TrackingToken(TokenPurpose Purpose, long Subject, long Content, int LinkNo)
{
    /// <summary>Bytes of the truncated MAC: 80 bits.</summary>
    public const int MacBytes = 10;

    private const int LinksPerMac = HMACSHA256.HashSizeInBytes / MacBytes;

    /// <summary>Key id, purpose, three varints of at most 9, 9 and 5 bytes, MAC.</summary>
    public const int MaxBytes = 2 + 9 + 9 + 5 + MacBytes;

    /// <summary>Longest token in characters.</summary>
    public const int MaxChars = (MaxBytes * 8 + 4) / 5;

    public bool IsAggregate => Purpose is TokenPurpose.AggregateOpen or TokenPurpose.AggregateClick;

    public bool IsOpen => Purpose is TokenPurpose.Open or TokenPurpose.AggregateOpen or TokenPurpose.HygieneOpen;

    public bool IsClick => Purpose is TokenPurpose.Click or TokenPurpose.AggregateClick;

    /// <summary>Writes the token's bytes, MAC included, and returns their number.</summary>
    internal int WriteBytes(Span<byte> raw, TokenKey key)
    {
        raw[0] = key.Id;
        raw[1] = (byte)Purpose;
        var length = 2;
        length += WriteVarint(raw[length..], (ulong)Subject);
        length += WriteVarint(raw[length..], (ulong)Content);
        Span<byte> mac = stackalloc byte[MacBytes];
        Prove(raw[..length], LinkNo, key, mac);
        length += WriteVarint(raw[length..], (uint)LinkNo);
        mac.CopyTo(raw[length..]);
        return length + MacBytes;
    }

    /// <summary>Reads a token whose key is already known; false when anything about it is wrong.</summary>
    internal static bool TryReadBytes(ReadOnlySpan<byte> raw, TokenKey key, out TrackingToken token)
    {
        token = default;
        if (raw.Length < 5 + MacBytes)
            return false;
        var body = raw[..^MacBytes];
        var rest = body[2..];
        if (!TryReadVarint(ref rest, out var subject) || !TryReadVarint(ref rest, out var content))
            return false;
        var proven = body[..^rest.Length];
        if (!TryReadVarint(ref rest, out var link) || !rest.IsEmpty || subject < 0 || content < 0 || link is < 0 or > int.MaxValue)
            return false;
        Span<byte> shortest = stackalloc byte[5];
        if (WriteVarint(shortest, (ulong)link) != body.Length - proven.Length)
            return false;
        Span<byte> mac = stackalloc byte[MacBytes];
        Prove(proven, (int)link, key, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, raw[^MacBytes..]))
            return false;
        token = new TrackingToken((TokenPurpose)raw[1], subject, content, (int)link);
        return true;
    }

    private static void Prove(ReadOnlySpan<byte> proven, int link, TokenKey key, Span<byte> mac)
    {
        var (group, place) = Math.DivRem(link, LinksPerMac);
        Span<byte> input = stackalloc byte[MaxBytes];
        proven.CopyTo(input);
        var length = proven.Length + WriteVarint(input[proven.Length..], (uint)group);
        key.Mac(input[..length]).Slice(place * MacBytes, MacBytes).CopyTo(mac);
    }

    private static int WriteVarint(Span<byte> to, ulong value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        to[at++] = (byte)value;
        return at;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> from, out long value)
    {
        value = 0;
        for (var at = 0; at < from.Length && at < 9; at++)
        {
            value |= (long)(from[at] & 0x7F) << (7 * at);
            if (from[at] >= 0x80)
                continue;
            from = from[(at + 1)..];
            return true;
        }
        return false;
    }
}
