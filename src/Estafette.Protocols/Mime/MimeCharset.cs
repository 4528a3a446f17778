using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Bytes to text by charset name, without exceptions.</summary>
internal static class MimeCharset
{
    internal static string Decode(ReadOnlySpan<byte> bytes, string name) => Find(name).GetString(bytes);

    private static Encoding Find(string name)
    {
        switch (name.Trim().ToLowerInvariant())
        {
            case "utf-8" or "utf8" or "us-ascii" or "ascii":
                return Encoding.UTF8;
            // What calls itself Latin-1 is nearly always 1252, a superset in printable characters.
            case "iso-8859-1" or "latin1" or "windows-1252" or "cp1252":
                return Windows1252;
        }
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name.Trim()) ?? Encoding.Latin1;
        }
        catch (ArgumentException)
        {
            return Encoding.Latin1;
        }
    }

    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
}
