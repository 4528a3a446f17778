using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Callbacks;

/// <summary>Small readings that several providers need: times, reply codes, ids, returned metadata.</summary>
internal static partial class CallbackText
{
    private const int MaxFractionDigits = 7;
    private const int MaxTime = 64;
    private const int MaxName = 200;

    /// <summary>Longest text, in characters, in which returned fields are looked for.</summary>
    public const int MaxEmbedded = 16_384;

    // Codes stand at the beginning of an answer; a longer text is not searched.
    private const int MaxReply = 2_000;

    // A time outside of these years is a unit mistaken for another, or nonsense.
    private static readonly DateTimeOffset _earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Without U+0000, which PostgreSQL refuses in a text.</summary>
    public static string Clean(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <summary>The first text that is a time: Unix seconds (also with fraction), milliseconds, microseconds, ISO 8601 or RFC 5322.</summary>
    /// <remarks>Without a zone it is taken for UTC.</remarks>
    public static DateTimeOffset? Time(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text is null || text.Length > MaxTime)
                continue;
            var time = UnixTime(text) ?? WrittenTime(text);
            if (time >= _earliest && time < _latest)
                return time;
        }
        return null;
    }

    /// <summary>Three-digit reply code and enhanced status (RFC 3463) of a far end's answer, each null when it shows none.</summary>
    public static (string? Code, string? Status) ReplyCodes(string? reply)
    {
        if (reply is null)
            return (null, null);
        var code = ReplyCode().Match(reply[..Math.Min(reply.Length, MaxReply)]);
        return (code.Success ? code.Groups[1].Value : null, EnhancedStatus(reply));
    }

    /// <summary>The enhanced status code within a text.</summary>
    public static string? EnhancedStatus(string? text) =>
        text is not null && StatusCode().Match(text[..Math.Min(text.Length, MaxReply)]) is { Success: true } status ? status.Value : null;

    /// <summary>The provider's name of an event with the details that decide its meaning, joined by slashes.</summary>
    public static string Name(params ReadOnlySpan<string?> parts)
    {
        var name = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is not null)
                name.Append(name.Length > 0 ? "/" : "").Append(part.AsSpan(0, Math.Min(part.Length, MaxName)));
        }
        return name.ToString(0, Math.Min(name.Length, MaxName));
    }

    /// <summary>A Message-ID without blanks and angle brackets.</summary>
    public static string? BareId(string? id)
    {
        var bare = id?.Trim().TrimStart('<').TrimEnd('>').Trim();
        return string.IsNullOrEmpty(bare) ? null : bare;
    }

    /// <summary>Scalars as text, anything deeper as JSON.</summary>
    public static Dictionary<string, string> Metadata(JsonTree source)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in source.Fields)
            metadata[name] = MetadataValue(value);
        return metadata;
    }

    public static string MetadataValue(JsonTree value) => value.Text ?? (value.IsObject || value.IsArray ? value.ToCanonicalJson() : "");

    /// <summary>The fields of a JSON object that travelled inside a text; none when the text is something else, or long.</summary>
    public static Dictionary<string, string> EmbeddedFields(string text) =>
        Metadata(
            text.StartsWith('{') && text.Length <= MaxEmbedded ? JsonTree.Parse(Encoding.UTF8.GetBytes(text), out _) : JsonTree.Missing
        );

    /// <summary>Key of an event without id of its own: the same content gives the same key, whatever the order of its fields.</summary>
    public static string Fingerprint(JsonTree item) => Convert.ToHexStringLower(SHA256.HashData(item.ToCanonicalBytes()));

    private static DateTimeOffset? UnixTime(string text)
    {
        if (
            !decimal.TryParse(
                text,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
            return null;
        var seconds = number switch
        {
            >= 1e14m => number / 1_000_000,
            >= 1e11m => number / 1_000,
            _ => number,
        };
        return seconds < 1e10m ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;
    }

    private static DateTimeOffset? WrittenTime(string text)
    {
        const DateTimeStyles universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var iso = IsoTime().Match(text.Trim());
        if (!iso.Success)
            return DateTimeOffset.TryParseExact(text, _mailTimes, CultureInfo.InvariantCulture, universal, out var mail) ? mail : null;
        var fraction = iso.Groups["fraction"].Value;
        var zone = iso.Groups["zone"].Value switch
        {
            "" or "UTC" or "z" => "Z",
            { Length: 5 } flat => flat.Insert(3, ":"),
            var other => other,
        };
        var whole =
            $"{iso.Groups["date"].Value}T{iso.Groups["time"].Value}.{fraction[..Math.Min(fraction.Length, MaxFractionDigits)].PadRight(1, '0')}{zone}";
        return DateTimeOffset.TryParseExact(whole, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, universal, out var time)
            ? time
            : null;
    }

    private static readonly string[] _mailTimes =
    [
        "ddd, d MMM yyyy HH:mm:ss zzz",
        "ddd, d MMM yyyy HH:mm:ss 'GMT'",
        "d MMM yyyy HH:mm:ss zzz",
    ];

    [GeneratedRegex(
        @"^(?<date>\d{4}-\d\d-\d\d)[Tt ](?<time>\d\d:\d\d:\d\d)(\.(?<fraction>\d+))? ?(?<zone>Z|z|UTC|[+-]\d\d:?\d\d)?$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex IsoTime();

    [GeneratedRegex(@"^(?:smtp;)?\s*([2-5]\d\d)(?:[ \-:]|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex ReplyCode();

    [GeneratedRegex(@"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex StatusCode();
}
