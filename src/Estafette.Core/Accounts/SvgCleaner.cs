using System.Text;
using System.Xml;

namespace Estafette.Core.Accounts;

/// <summary>
/// Rewrites an SVG with drawing elements and attributes only: what is not on the lists is left out with all it contains. No script, no event
/// attribute, no style sheet, no reference to anything outside the file, no entity.
/// </summary>
internal static class SvgCleaner
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const int MaxDepth = 40;

    private static readonly HashSet<string> Elements =
    [
        .. "svg g path rect circle ellipse line polyline polygon text tspan title desc defs linearGradient radialGradient stop clipPath mask symbol use".Split(
            ' '
        ),
    ];

    private static readonly HashSet<string> Attributes =
    [
        .. (
            "viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity "
            + "stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity id clip-path clip-rule mask offset stop-color "
            + "stop-opacity gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits preserveAspectRatio font-family font-size "
            + "font-weight font-style text-anchor letter-spacing dominant-baseline color display visibility version role aria-label"
        ).Split(' '),
    ];

    /// <summary>The clean drawing, or null when the root is no SVG.</summary>
    /// <exception cref="XmlException">It is no well-formed XML, or it has a document type with entities.</exception>
    public static string? Clean(byte[] bytes)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            MaxCharactersInDocument = ImageFile.MaxBytes,
        };
        using var reader = XmlReader.Create(new MemoryStream(bytes), settings);
        if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "svg" || reader.NamespaceURI != Namespace)
            return null;
        var text = new StringBuilder();
        using (
            var writer = XmlWriter.Create(
                text,
                new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment }
            )
        )
            Copy(reader, writer, 0);
        return text.ToString();
    }

    private static void Copy(XmlReader reader, XmlWriter writer, int depth)
    {
        if (depth > MaxDepth || reader.NamespaceURI != Namespace || !Elements.Contains(reader.LocalName))
        {
            reader.Skip();
            return;
        }
        var empty = reader.IsEmptyElement;
        writer.WriteStartElement(reader.LocalName, Namespace);
        CopyAttributes(reader, writer);
        reader.Read();
        while (!empty && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                Copy(reader, writer, depth + 1);
                continue;
            }
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace)
                writer.WriteString(reader.Value);
            reader.Read();
        }
        if (!empty)
            reader.Read();
        writer.WriteEndElement();
    }

    private static void CopyAttributes(XmlReader reader, XmlWriter writer)
    {
        while (reader.MoveToNextAttribute())
        {
            var isReference = reader.LocalName == "href";
            if (isReference ? reader.Value.StartsWith('#') : reader.Prefix.Length == 0 && IsHarmless(reader.LocalName, reader.Value))
                writer.WriteAttributeString(reader.LocalName, reader.Value);
        }
        reader.MoveToElement();
    }

    // url(...) may point to something inside the file only.
    private static bool IsHarmless(string name, string value)
    {
        if (!Attributes.Contains(name))
            return false;
        for (var at = 0; (at = value.IndexOf("url(", at, StringComparison.OrdinalIgnoreCase)) >= 0; at += 4)
            if (!value.AsSpan(at + 4).TrimStart(" '\"").StartsWith("#"))
                return false;
        return !value.Contains('\\', StringComparison.Ordinal);
    }
}
