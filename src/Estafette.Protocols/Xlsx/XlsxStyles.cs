using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Estafette.Protocols.Xlsx;

/// <summary>What a cell style says about numbers: a day, a time, or at least so many digits.</summary>
internal readonly record struct NumberStyle(bool IsDate, int Digits);

/// <summary>The number formats of the cell styles of a workbook (ECMA-376 part 1 §18.8).</summary>
internal sealed class XlsxStyles
{
    private const long MaxBytes = 64 * 1024 * 1024;
    private const int MaxStyles = 65_536;
    private const int MaxDigits = 30;
    private static readonly System.Buffers.SearchValues<char> Elapsed = System.Buffers.SearchValues.Create("hHmMsS");

    private readonly List<NumberStyle> _styles = [];

    public static XlsxStyles Read(ZipArchiveEntry? entry)
    {
        var styles = new XlsxStyles();
        if (entry is null)
            return styles;
        var formats = new Dictionary<int, NumberStyle>();
        using var xml = XlsxXml.Open(entry, MaxBytes);
        var inCells = false;
        while (XlsxXml.Next(xml))
        {
            if (xml.LocalName == "cellXfs")
                inCells = xml.NodeType == XmlNodeType.Element && !xml.IsEmptyElement;
            if (xml.NodeType != XmlNodeType.Element || styles._styles.Count >= MaxStyles)
                continue;
            if (xml.LocalName == "numFmt" && Number(XlsxXml.Attribute(xml, "numFmtId")) is { } id && formats.Count < MaxStyles)
                formats[id] = Of(XlsxXml.Attribute(xml, "formatCode") ?? "");
            else if (inCells && xml.LocalName == "xf")
                styles._styles.Add(StyleOf(Number(XlsxXml.Attribute(xml, "numFmtId")) ?? 0, formats));
        }
        return styles;
    }

    /// <summary>The style of a cell by the number in its attribute "s".</summary>
    public NumberStyle this[int style] => style >= 0 && style < _styles.Count ? _styles[style] : default;

    // §18.8.30: the built-in formats of dates and times, those of East Asian versions among them.
    private static NumberStyle StyleOf(int format, Dictionary<int, NumberStyle> formats) =>
        formats.TryGetValue(format, out var known) ? known
        : format is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58) ? new NumberStyle(true, 0)
        : default;

    /// <summary>A date or time has one of d m y h s outside of quotes, escapes and colours; digits count from the leftmost 0.</summary>
    internal static NumberStyle Of(string code)
    {
        if (code.Equals("General", StringComparison.OrdinalIgnoreCase) || code.Equals("Standard", StringComparison.OrdinalIgnoreCase))
            return default;
        var (digits, seen) = (0, false);
        for (var i = 0; i < code.Length; i++)
        {
            var c = char.ToLowerInvariant(code[i]);
            if (c is '"' or '[')
            {
                var end = code.IndexOf(c == '"' ? '"' : ']', i + 1);
                if (c == '[' && end > i && code.AsSpan(i + 1, end - i - 1).IndexOfAnyExcept(Elapsed) < 0)
                    return new NumberStyle(true, 0);
                i = end < 0 ? code.Length : end;
            }
            else if (c is '\\' or '_' or '*')
                i++;
            else if (c is 'd' or 'm' or 'y' or 'h' or 's')
                return new NumberStyle(true, 0);
            else if (c is ';' or '.' or 'e')
                break;
            else if (c is '0' or '#')
            {
                seen |= c == '0';
                digits += seen ? 1 : 0;
            }
        }
        return new NumberStyle(false, Math.Min(digits, MaxDigits));
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
