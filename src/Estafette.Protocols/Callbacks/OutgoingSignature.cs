using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>How a signature of ours was judged.</summary>
public enum OutgoingSignatureVerdict
{
    /// <summary>One of the signatures matches one of the keys, and the time is near.</summary>
    Good = 0,

    /// <summary>The header is missing or not of this form.</summary>
    Malformed = 1,

    /// <summary>The time is further away than tolerated: perhaps an old call, sent again by somebody else.</summary>
    Stale = 2,

    /// <summary>No signature matches: another key, or the body was changed.</summary>
    Wrong = 3,
}

/// <summary>
/// Signs our own calls to a customer's address, and shows how the customer checks them.
///
/// The call carries one header:
/// <code>Estafette-Signature: t=1700000000,v1=5f8d…,v1=09ab…</code>
/// <c>t</c> is the time of this attempt in Unix seconds, and each <c>v1</c> the lower-case hexadecimal HMAC-SHA256 (RFC 2104),
/// under one key in UTF-8, of the decimal digits of <c>t</c>, a full stop, and the raw bytes of the body. While a key is being
/// replaced the call has two <c>v1</c>, one for each key, so the receiver can change over at any moment.
///
/// The receiver reads the raw body before any parsing, computes the HMAC with its key and the <c>t</c> of the header, compares it with every
/// <c>v1</c> in constant time, and refuses a time more than five minutes away. The signature does not recognise a repeated call
/// within those minutes: the id of the event does. Unknown parts of the header are to be passed over; a later scheme would be a <c>v2</c>.
/// </summary>
public static class OutgoingSignature
{
    /// <summary>Name of the header.</summary>
    public const string HeaderName = "Estafette-Signature";

    /// <summary>How far the signed time may be away, before or after.</summary>
    public static readonly TimeSpan DefaultTolerance = TimeSpan.FromMinutes(5);

    // More than any rotation needs; bounds the work that a stranger can cause.
    private const int MaxSignatures = 10;
    private const int MaxHeader = 2_000;

    /// <summary>The value of the header.</summary>
    /// <param name="body">The bytes as they are sent.</param>
    /// <param name="at">The time of this attempt; a repeated call is signed anew.</param>
    /// <param name="keys">The key, or during a rotation both keys.</param>
    /// <exception cref="ArgumentException">There is no key, or an empty one: whoever knew that could sign as well.</exception>
    public static string Sign(ReadOnlySpan<byte> body, DateTimeOffset at, params ReadOnlySpan<string> keys)
    {
        if (keys.IsEmpty)
            throw new ArgumentException("Signing a webhook: no key is given.", nameof(keys));
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var header = new StringBuilder("t=").Append(time);
        foreach (var key in keys)
        {
            if (string.IsNullOrWhiteSpace(key))
                throw new ArgumentException("Signing a webhook: a key is empty.", nameof(keys));
            header.Append(",v1=").Append(Mac(key, time, body));
        }
        return header.ToString();
    }

    /// <summary>Judges a header.</summary>
    /// <param name="header">The value of the header, or null when there is none.</param>
    /// <param name="body">The raw bytes of the body.</param>
    /// <param name="keys">The keys accepted; blank ones are passed over.</param>
    /// <param name="now">The time of the check.</param>
    /// <param name="tolerance">Null for <see cref="DefaultTolerance"/>.</param>
    public static OutgoingSignatureVerdict Verify(
        string? header,
        ReadOnlySpan<byte> body,
        IReadOnlyCollection<string> keys,
        DateTimeOffset now,
        TimeSpan? tolerance = null
    )
    {
        if (header is null || header.Length > MaxHeader || !TryRead(header, out var time, out var signatures))
            return OutgoingSignatureVerdict.Malformed;
        if (SignedTime.Refusal(time, now, tolerance ?? DefaultTolerance) is not null)
            return OutgoingSignatureVerdict.Stale;
        var matches = false;
        foreach (var key in keys)
        {
            if (string.IsNullOrWhiteSpace(key))
                continue;
            var expected = Mac(key, time, body);
            foreach (var signature in signatures)
                matches |= BasicCredentials.Same(signature, expected);
        }
        return matches ? OutgoingSignatureVerdict.Good : OutgoingSignatureVerdict.Wrong;
    }

    private static bool TryRead(string header, out string time, out List<string> signatures)
    {
        time = "";
        signatures = [];
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
            {
                // Two times would leave open which one is signed.
                if (time.Length > 0)
                    return false;
                time = part[2..];
            }
            else if (part.StartsWith("v1=", StringComparison.Ordinal))
            {
                signatures.Add(part[3..]);
            }
        }
        return long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out _) && signatures.Count is > 0 and <= MaxSignatures;
    }

    private static string Mac(string key, string time, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        mac.AppendData(Encoding.ASCII.GetBytes(time));
        mac.AppendData("."u8);
        mac.AppendData(body);
        return Convert.ToHexStringLower(mac.GetHashAndReset());
    }
}
