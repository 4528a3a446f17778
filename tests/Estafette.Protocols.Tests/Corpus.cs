using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Tests;

/// <summary>Reads tab-separated test tables embedded in this assembly.</summary>
internal static partial class Corpus
{
    internal static IEnumerable<string[]> Read(string name)
    {
        var assembly = typeof(Corpus).Assembly;
        var resource = assembly.GetManifestResourceNames().Single(n => n.EndsWith("." + name, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line.Split('\t').Select(Unescape).ToArray();
        }
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            plain.Append(
                text[i] switch
                {
                    't' => '\t',
                    'r' => '\r',
                    'n' => '\n',
                    'u' => (char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    var other => other,
                }
            );
            if (text[i] == 'u')
                i += 4;
        }
        return Repeat()
            .Replace(
                plain.ToString(),
                m => new StringBuilder().Insert(0, m.Groups[1].Value, int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)).ToString()
            );
    }

    [GeneratedRegex(@"\{([^*}]{1,3})\*(\d+)\}", RegexOptions.None, 1000)]
    private static partial Regex Repeat();
}
