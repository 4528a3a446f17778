using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Spam;

/// <summary>What spamd sends back: a status line, header lines, a blank line, and the report as a table (spamd/PROTOCOL of SpamAssassin).</summary>
/// <remarks>
/// The table stands below the last line of dashes and ends at a blank line. A row has its points in the first columns; a line that begins
/// further right goes on with the description of the row before. Reports of another form give the score without rules.
/// </remarks>
internal sealed partial class SpamdAnswer
{
    private const string Cut = "the answer of spamd was cut short";

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    private SpamdAnswer(int code, string words) => (Code, Words) = (code, words);

    /// <summary>0 when all went well, else a number of sysexits.h.</summary>
    internal int Code { get; }

    /// <summary>Words after the number.</summary>
    internal string Words { get; }

    /// <summary>What follows the header.</summary>
    internal string Body { get; private set; } = "";

    /// <summary>Reads an answer.</summary>
    /// <returns>Null and the problem when it is none.</returns>
    internal static SpamdAnswer? Parse(ReadOnlySpan<byte> bytes, out string? problem)
    {
        if (bytes.IsEmpty)
        {
            problem = "spamd closed the connection without an answer";
            return null;
        }
        var line = NextLine(ref bytes, out var whole);
        if (StatusLine().Match(line) is not { Success: true } status || !int.TryParse(status.Groups[1].Value, out var code))
        {
            problem = $"what answered is not spamd: {Shown(line)}";
            return null;
        }
        var answer = new SpamdAnswer(code, status.Groups[2].Value);
        problem = whole ? null : Cut;
        while (!bytes.IsEmpty && (line = NextLine(ref bytes, out whole)).Length > 0)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                answer._fields[line[..colon].Trim()] = line[(colon + 1)..].Trim();
            problem = whole ? null : Cut;
        }
        if (answer._fields.TryGetValue("Content-length", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                problem = $"spamd gave no number as Content-length: {Shown(text)}";
            else if (length > bytes.Length)
                problem = Cut;
            else
                bytes = bytes[..length];
        }
        answer.Body = Utf8OrLatin(bytes);
        return problem is null ? answer : null;
    }

    /// <summary>The report of a REPORT command.</summary>
    internal SpamReport ToReport()
    {
        if (Code != 0)
            return SpamReport.Failed($"spamd refused the message: {Code} {Shown(Words)}");
        if (!_fields.TryGetValue("Spam", out var line) || SpamLine().Match(line) is not { Success: true } spam)
            return SpamReport.Failed("spamd gave no score");
        return new SpamReport(Number(spam.Groups[1]), Number(spam.Groups[2]), SpamReport.HighestFirst(Table()), null);
    }

    private List<SpamCheck> Table()
    {
        var lines = Body.Split('\n');
        var rows = new List<SpamCheck>();
        for (var i = Array.FindLastIndex(lines, l => DashLine().IsMatch(l)) + 1; i > 0 && i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd();
            if (line.Length == 0)
                break;
            if (Row().Match(line) is { Success: true } row)
                rows.Add(new SpamCheck(row.Groups[2].Value, Number(row.Groups[1]), row.Groups[3].Value));
            else if (rows.Count > 0)
                rows[^1] = rows[^1] with { Description = (rows[^1].Description + " " + line.Trim()).Trim() };
        }
        return rows;
    }

    // Adding zero makes 0 of -0.
    private static double Number(Group group) =>
        double.TryParse(
            group.ValueSpan,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number + 0.0
            : 0;

    private static string NextLine(ref ReadOnlySpan<byte> bytes, out bool whole)
    {
        var end = bytes.IndexOf((byte)'\n');
        whole = end >= 0;
        var line = whole ? bytes[..end] : bytes;
        bytes = whole ? bytes[(end + 1)..] : default;
        return Encoding.Latin1.GetString(line.EndsWith("\r"u8) ? line[..^1] : line);
    }

    private static string Utf8OrLatin(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);

    private static string Shown(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    [GeneratedRegex(@"^SPAMD/\d{1,3}(?:\.\d{1,3})? +(\d{1,5})(?: +(.*))?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex StatusLine();

    [GeneratedRegex(
        @"^(?:True|False|Yes|No) *; *(-?\d{1,9}(?:\.\d{1,9})?) */ *(-?\d{1,9}(?:\.\d{1,9})?)$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex SpamLine();

    [GeneratedRegex(@"^ {0,3}-{3,8} -{8,60} -{10,200}\s*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DashLine();

    [GeneratedRegex(@"^ {0,3}(-?\d{1,9}(?:\.\d{1,9})?) +([A-Za-z_][A-Za-z0-9_]{0,100})(?: +(.*))?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Row();
}
