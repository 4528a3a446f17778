using System.Text.RegularExpressions;

namespace Estafette.Web.Content;

/// <summary>
/// A message as a mail program in dark mode shows it that follows the message's own rules: those for dark screens hold always, those for light
/// ones never, and what says no colour is light on dark.
/// </summary>
internal static partial class DarkView
{
    private const string Canvas = "<style>:root{color-scheme:dark}html{background:#121212}</style>";

    public static string Of(string html)
    {
        var dark = Light().Replace(Dark().Replace(html, "all"), "not all");
        var head = dark.IndexOf("</head>", StringComparison.OrdinalIgnoreCase);
        return head < 0 ? Canvas + dark : dark.Insert(head, Canvas);
    }

    [GeneratedRegex(@"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", RegexOptions.IgnoreCase)]
    private static partial Regex Dark();

    [GeneratedRegex(@"\(\s*prefers-color-scheme\s*:\s*light\s*\)", RegexOptions.IgnoreCase)]
    private static partial Regex Light();
}
