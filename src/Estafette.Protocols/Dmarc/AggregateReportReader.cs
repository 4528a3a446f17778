using System.IO.Compression;
using System.Xml;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Dmarc;

/// <summary>Reads aggregate reports (RFC 7489 §7.2): plain XML, gzip or zip, or a message that carries one.</summary>
/// <remarks>What comes is told from its first octets, not from names and media types, which reporters mix up. No input throws.</remarks>
public static class AggregateReportReader
{
    /// <summary>Octets of the XML at most, unpacked.</summary>
    public const int MaxXmlBytes = 50 * 1024 * 1024;

    /// <summary>Attachments of a message that are tried.</summary>
    public const int MaxAttachments = 5;

    private const int MaxDepth = 32;

    /// <summary>Reads a file.</summary>
    public static AggregateReading Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            var xml = Unpack(file);
            var start = xml.Span.IndexOfAnyExcept(" \t\r\n"u8);
            return start < 0 ? new AggregateReading(null, "The file is empty.") : ReadXml(xml[start..]);
        }
        catch (InvalidDataException broken)
        {
            return new AggregateReading(null, $"The file cannot be unpacked: {broken.Message}");
        }
        catch (XmlException broken)
        {
            return new AggregateReading(null, $"The report is broken XML: {broken.Message}");
        }
    }

    /// <summary>Reads the first report among the attachments of a message.</summary>
    public static AggregateReading ReadMessage(ReadOnlyMemory<byte> message)
    {
        MimePart root;
        try
        {
            root = MimeReader.Read(message);
        }
        catch (MimeFormatException broken)
        {
            return new AggregateReading(null, broken.Message);
        }
        var problem = "The message carries no file that could be a report.";
        foreach (var part in root.Walk().Where(MayBeReport).Take(MaxAttachments))
        {
            var reading = Read(part.DecodeBody());
            if (reading.Report is not null)
                return reading;
            problem = reading.Problem!;
        }
        return new AggregateReading(null, problem);
    }

    private static bool MayBeReport(MimePart part)
    {
        if (part.Children.Count > 0 || part.ContentType.StartsWith("multipart/", StringComparison.Ordinal))
            return false;
        var type = part.ContentType;
        var name = part.FileName ?? "";
        return type.Contains("zip", StringComparison.Ordinal)
            || type.EndsWith("/xml", StringComparison.Ordinal)
            || type.EndsWith("+xml", StringComparison.Ordinal)
            || type == "application/octet-stream"
            || name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> file)
    {
        if (file.Span.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            using var gzip = new GZipStream(new MemoryStream(file.ToArray()), CompressionMode.Decompress);
            return ReadBounded(gzip);
        }
        if (file.Span.StartsWith("PK"u8))
        {
            using var zip = new ZipArchive(new MemoryStream(file.ToArray()), ZipArchiveMode.Read);
            var entry =
                zip.Entries.FirstOrDefault(e => e.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                ?? zip.Entries.FirstOrDefault(e => e.Name.Length > 0)
                ?? throw new InvalidDataException("the archive holds no file");
            using var stream = entry.Open();
            return ReadBounded(stream);
        }
        return file.Length <= MaxXmlBytes ? file : throw TooLarge();
    }

    // Lengths that an archive states are not believed: octets are counted as they come.
    private static ReadOnlyMemory<byte> ReadBounded(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var unpacked = new MemoryStream();
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (unpacked.Length + read > MaxXmlBytes)
                throw TooLarge();
            unpacked.Write(buffer, 0, read);
        }
        return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
    }

    private static InvalidDataException TooLarge() => new($"it holds more than {MaxXmlBytes / 1024 / 1024} MB");

    private static AggregateReading ReadXml(ReadOnlyMemory<byte> bytes)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            CheckCharacters = false,
        };
        using var xml = XmlReader.Create(new MemoryStream(bytes.ToArray()), settings);
        if (xml.MoveToContent() != XmlNodeType.Element || xml.LocalName != "feedback")
            return new AggregateReading(null, $"The file is no DMARC report: it begins with <{xml.LocalName}>.");
        var builder = new AggregateReportBuilder();
        var path = new List<string> { xml.LocalName };
        if (xml.IsEmptyElement)
            path.Clear();
        while (path.Count > 0 && xml.Read())
        {
            if (Step(xml, path, builder) is { } problem)
                return new AggregateReading(null, problem);
        }
        return builder.HasMetadata
            ? new AggregateReading(builder.Build())
            : new AggregateReading(null, "The file is no DMARC report: it does not say who reports what.");
    }

    /// <summary>One node; elements are known by their names and that of the element around them, whatever their namespace and order.</summary>
    private static string? Step(XmlReader xml, List<string> path, AggregateReportBuilder builder)
    {
        switch (xml.NodeType)
        {
            case XmlNodeType.Element:
                if (path.Count >= MaxDepth)
                    return $"The report is nested more than {MaxDepth} levels deep.";
                var isEmpty = xml.IsEmptyElement;
                path.Add(xml.LocalName);
                builder.Begin(xml.LocalName, path[^2]);
                return isEmpty ? End(path, builder) : null;
            case XmlNodeType.EndElement:
                return End(path, builder);
            case XmlNodeType.Text or XmlNodeType.CDATA:
                builder.AddText(xml);
                return null;
            default:
                return null;
        }
    }

    private static string? End(List<string> path, AggregateReportBuilder builder)
    {
        var name = path[^1];
        path.RemoveAt(path.Count - 1);
        builder.End(name, path.Count == 0 ? "" : path[^1]);
        return builder.IsFull ? $"The report has more than {AggregateReportBuilder.MaxRows} rows." : null;
    }
}
