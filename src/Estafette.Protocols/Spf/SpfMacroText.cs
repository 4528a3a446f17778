using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Spf;

/// <summary>Text with macros (RFC 7208 §7): of a domain, or of an explanation.</summary>
internal sealed class SpfMacroText
{
    /// <summary>Letters that stand for something everywhere.</summary>
    private const string Letters = "slodiphv";

    /// <summary>Letters of explanations alone (§7.2).</summary>
    private const string ExplanationLetters = "crt";

    private const string Delimiters = ".-+,/_=";

    private readonly List<Piece> _pieces;

    private SpfMacroText(string text, List<Piece> pieces)
    {
        Text = text;
        _pieces = pieces;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Whether a macro of this letter, in lower case, occurs.</summary>
    public bool Uses(char letter) => _pieces.Exists(p => p.Letter == letter);

    /// <summary>Whether its value is the same for every sender and client.</summary>
    public bool IsFixed => _pieces.TrueForAll(p => p.Letter is '\0' or 'd');

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">What is wrong, or empty.</param>
    /// <param name="isExplanation">Allows spaces and the macros of explanations.</param>
    public static SpfMacroText Parse(string text, out string problem, bool isExplanation = false)
    {
        problem = "";
        var pieces = new List<Piece>();
        var at = 0;
        while (at < text.Length && problem.Length == 0)
        {
            var percent = text.IndexOf('%', at);
            var literal = percent < 0 ? text[at..] : text[at..percent];
            if (literal.AsSpan().ContainsAnyExceptInRange(isExplanation ? ' ' : '!', '~'))
                problem = "holds characters other than printable ASCII";
            if (literal.Length > 0)
                pieces.Add(new Piece(literal, IsWritten: true));
            if (percent < 0)
                break;
            at = percent + 1 < text.Length ? ReadMacro(text, percent, pieces, isExplanation, ref problem) : text.Length;
            if (percent + 1 == text.Length)
                problem = "ends with a % that begins no macro";
        }
        return new SpfMacroText(text, pieces);
    }

    /// <summary>What is wrong with it as a domain, or empty: it ends with a macro or with a dot and a top label that is no number (§7.1).</summary>
    public string ProblemAsDomain()
    {
        if (_pieces.Count == 0)
            return "names no domain";
        if (_pieces[^1] is not { IsWritten: true, Literal: var tail })
            return "";
        tail = tail.EndsWith('.') ? tail[..^1] : tail;
        var dot = tail.LastIndexOf('.');
        if (dot < 0)
            return "names no full domain, such as example.com";
        var top = tail[(dot + 1)..];
        var isLabel =
            top.Length > 0
            && top.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            && !top.StartsWith('-')
            && !top.EndsWith('-')
            && !top.All(char.IsAsciiDigit);
        return isLabel ? "" : $"\"{top}\" cannot end a domain";
    }

    /// <summary>Puts values in the place of macros.</summary>
    /// <param name="valueOf">Value of a letter, given in lower case.</param>
    public string Expand(Func<char, string> valueOf)
    {
        var text = new StringBuilder();
        foreach (var piece in _pieces)
            text.Append(piece.Letter == '\0' ? piece.Literal : piece.Transform(valueOf(piece.Letter)));
        return text.ToString();
    }

    private static int ReadMacro(string text, int percent, List<Piece> pieces, bool isExplanation, ref string problem)
    {
        switch (text[percent + 1])
        {
            case '%' or '_' or '-':
                var escape = text[percent + 1];
                pieces.Add(
                    new Piece(
                        escape switch
                        {
                            '%' => "%",
                            '_' => " ",
                            _ => "%20",
                        }
                    )
                );
                return percent + 2;
            case '{':
                var end = text.IndexOf('}', percent);
                var piece = end < 0 ? null : ReadBraces(text[(percent + 2)..end], isExplanation);
                if (piece is null)
                    problem = $"holds a macro that is none: {text[percent..(end < 0 ? text.Length : end + 1)]}";
                else
                    pieces.Add(piece);
                return end < 0 ? text.Length : end + 1;
            default:
                problem = $"holds a % that begins no macro: {text.AsSpan(percent, 2)}";
                return text.Length;
        }
    }

    // A letter, a number of parts, "r" for reversed, delimiters.
    private static Piece? ReadBraces(string inside, bool isExplanation)
    {
        var at = 1;
        if (inside.Length == 0)
            return null;
        var letter = char.ToLowerInvariant(inside[0]);
        if (!Letters.Contains(letter) && !(isExplanation && ExplanationLetters.Contains(letter)))
            return null;
        while (at < inside.Length && char.IsAsciiDigit(inside[at]))
            at++;
        var digits = inside.AsSpan(1, at - 1).TrimStart('0');
        if (digits.IsEmpty && at > 1)
            return null;
        // A number too long to hold is more than there are parts.
        var parts = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
        var isReversed = at < inside.Length && inside[at] is 'r' or 'R';
        if (isReversed)
            at++;
        var delimiters = inside[at..];
        if (!delimiters.All(Delimiters.Contains))
            return null;
        return new Piece("", letter, char.IsAsciiLetterUpper(inside[0]), parts, isReversed, delimiters.Length == 0 ? "." : delimiters);
    }

    /// <param name="Literal">Text that stands for itself.</param>
    /// <param name="Letter">Macro letter in lower case, or NUL for a literal.</param>
    /// <param name="IsEscaped">Upper-case letter: the value is escaped as in a URL.</param>
    /// <param name="Parts">How many parts are kept, from the right.</param>
    /// <param name="IsReversed">Whether the parts are turned round first.</param>
    /// <param name="Delimiters">What separates parts.</param>
    /// <param name="IsWritten">Literal text, as opposed to <c>%%</c>, <c>%_</c> and <c>%-</c>.</param>
    private sealed record Piece(
        string Literal,
        char Letter = '\0',
        bool IsEscaped = false,
        int Parts = int.MaxValue,
        bool IsReversed = false,
        string Delimiters = ".",
        bool IsWritten = false
    )
    {
        public string Transform(string value)
        {
            var parts = value.Split(Delimiters.ToCharArray());
            if (IsReversed)
                Array.Reverse(parts);
            var text = string.Join('.', parts.Length > Parts ? parts[^Parts..] : parts);
            // RFC 3986 §2.3: all but unreserved characters.
            return IsEscaped ? Uri.EscapeDataString(text) : text;
        }
    }
}
