using System.Globalization;
using System.Text;
using System.Xml;

namespace Estafette.Protocols.Xlsx;

/// <summary>A row of a sheet: its number from 1 and its cells, up to the last one that holds something. Valid until the next row is read.</summary>
public sealed class XlsxRow
{
    public int Number { get; internal set; }

    public IReadOnlyList<string> Cells => CellList;

    internal List<string> CellList { get; } = [];
}

/// <summary>Reads the rows of one worksheet, one after the other, into one object.</summary>
internal sealed class XlsxRows(XmlReader xml, SharedStrings strings, XlsxStyles styles, bool from1904) : IDisposable
{
    // The size of a sheet (ECMA-376 leaves it to the program; Excel's, which all others keep to).
    private const int MaxRow = 1_048_576;
    private const int MaxColumn = 16_384;

    private readonly XlsxRow _row = new();
    private readonly StringBuilder _text = new();

    /// <summary>Null at the end.</summary>
    public XlsxRow? Read()
    {
        while (XlsxXml.Next(xml))
        {
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "sheetData")
                return null;
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "row")
                continue;
            Begin();
            if (!xml.IsEmptyElement)
                ReadCells();
            return _row;
        }
        return null;
    }

    public void Dispose() => xml.Dispose();

    // Rows go up; a number that is missing or does not is taken for the next.
    private void Begin()
    {
        var next = _row.Number + 1;
        var said = int.TryParse(XlsxXml.Attribute(xml, "r"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : next;
        _row.Number = said < next ? next : said;
        if (_row.Number > MaxRow)
            throw new XlsxException(XlsxFault.TooLarge, $"The sheet has more than {MaxRow} rows.");
        _row.CellList.Clear();
    }

    private void ReadCells()
    {
        var (depth, next) = (xml.Depth, 0);
        while (XlsxXml.Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "c")
                continue;
            var column = Column(XlsxXml.Attribute(xml, "r")) ?? next;
            next = column + 1;
            var (type, style) = (XlsxXml.Attribute(xml, "t"), XlsxXml.Attribute(xml, "s"));
            var text = xml.IsEmptyElement ? "" : Value(type, style);
            if (text.Length > 0)
                Put(column, text);
        }
    }

    private void Put(int column, string text)
    {
        if (column >= MaxColumn)
            throw new XlsxException(XlsxFault.TooLarge, $"The sheet has more than {MaxColumn} columns.");
        while (_row.CellList.Count <= column)
            _row.CellList.Add("");
        _row.CellList[column] = text.Replace("_x000D_", "", StringComparison.Ordinal);
    }

    // §18.18.11: b boolean, d ISO date, e error, inlineStr, n number, s shared string, str text of a formula.
    private string Value(string? type, string? style)
    {
        _text.Clear();
        var depth = xml.Depth;
        while (XlsxXml.Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType != XmlNodeType.Element)
                continue;
            if (xml.LocalName == "v")
                XlsxXml.AddText(xml, _text);
            else if (xml.LocalName == "is")
                XlsxXml.AddRuns(xml, _text);
        }
        var value = _text.ToString();
        return type switch
        {
            "s" => int.TryParse(
                value,
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out var i
            )
                ? strings[i]
                : "",
            "b" => value.Trim() is "1" or "true" ? "true" : "false",
            "e" => "",
            "str" or "inlineStr" => value,
            "d" => Iso(value),
            _ => value.Length == 0 ? "" : XlsxNumber.Text(value.Trim(), StyleOf(style), from1904),
        };
    }

    private NumberStyle StyleOf(string? style) =>
        int.TryParse(style, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? styles[number] : default;

    private static string Iso(string value) =>
        value.EndsWith("T00:00:00", StringComparison.Ordinal) ? value[..^9] : value.Replace('T', ' ');

    /// <summary>"B5" is column 1; null when there are no letters.</summary>
    private static int? Column(string? reference)
    {
        var column = 0;
        foreach (var c in reference ?? "")
        {
            if (!char.IsAsciiLetter(c) || column > MaxColumn)
                break;
            column = (column * 26) + (char.ToUpperInvariant(c) - 'A' + 1);
        }
        return column == 0 ? null : column - 1;
    }
}
