using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Estafette.Protocols.Xlsx;

/// <summary>
/// Reads the XML of a part: no DTD, no outside reference, bounded depth and text. Names are compared without their namespace, since ECMA-376
/// has two (transitional and strict) and writers use either.
/// </summary>
internal static class XlsxXml
{
    /// <summary>Characters kept of one text: what a cell may hold in Excel.</summary>
    public const int MaxText = 32_767;
    private const int MaxDepth = 64;

    public static XmlReader Open(ZipArchiveEntry entry, long most) =>
        XmlReader.Create(
            new BoundedPart(entry, most),
            new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                CloseInput = true,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
                CheckCharacters = false,
            }
        );

    /// <summary>The next node.</summary>
    public static bool Next(XmlReader xml)
    {
        if (!xml.Read())
            return false;
        if (xml.Depth > MaxDepth)
            throw new XlsxException(XlsxFault.Broken, $"The XML is nested more than {MaxDepth} levels deep.");
        return true;
    }

    /// <summary>An attribute by its local name.</summary>
    public static string? Attribute(XmlReader xml, string name)
    {
        var value = xml.GetAttribute(name);
        if (value is not null || !xml.MoveToFirstAttribute())
            return value;
        do
        {
            if (xml.LocalName == name)
                value = xml.Value;
        } while (value is null && xml.MoveToNextAttribute());
        xml.MoveToElement();
        return value;
    }

    /// <summary>
    /// Adds the text of every <c>t</c> inside the element the reader stands on (a shared or inline string, perhaps of several runs) and ends on its
    /// end. Phonetic readings (<c>rPh</c>) are no part of the text.
    /// </summary>
    public static void AddRuns(XmlReader xml, StringBuilder text)
    {
        if (xml.IsEmptyElement)
            return;
        var depth = xml.Depth;
        while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType != XmlNodeType.Element || xml.IsEmptyElement)
                continue;
            if (xml.LocalName == "rPh")
                Skip(xml);
            else if (xml.LocalName == "t")
                AddText(xml, text);
        }
    }

    /// <summary>Adds the text of the element the reader stands on, as far as a cell may hold it, and ends on its end.</summary>
    public static void AddText(XmlReader xml, StringBuilder text)
    {
        if (xml.IsEmptyElement)
            return;
        var depth = xml.Depth;
        var piece = new char[1024];
        while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace))
                continue;
            int read;
            while ((read = xml.ReadValueChunk(piece, 0, piece.Length)) > 0)
                text.Append(piece, 0, Math.Min(read, Math.Max(0, MaxText - text.Length)));
        }
    }

    private static void Skip(XmlReader xml)
    {
        var depth = xml.Depth;
        while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth)) { }
    }
}
