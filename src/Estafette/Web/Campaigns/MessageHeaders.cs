using Estafette.Protocols.Mime;

namespace Estafette.Web.Campaigns;

/// <summary>The header fields of a message, decoded, in their order.</summary>
internal static class MessageHeaders
{
    /// <summary>None when it is no message.</summary>
    public static List<(string Name, string Value)> Of(byte[] source)
    {
        try
        {
            return [.. MimeReader.Read(source).Fields.Select(f => (f.Name, f.Value))];
        }
        catch (MimeFormatException)
        {
            return [];
        }
    }
}
