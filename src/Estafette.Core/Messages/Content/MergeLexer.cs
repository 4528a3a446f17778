using System.Buffers;
using System.Globalization;
using System.Text;

namespace Estafette.Core.Messages.Content;

/// <summary>Reads the inside of one pair of braces: paths, constants and parenthesised helper calls.</summary>
internal ref struct MergeLexer(ReadOnlySpan<char> text)
{
    /// <summary>Calls inside calls. Bounds the recursion of the reader and of the compiled template.</summary>
    public const int MaxCallDepth = 10;
    private static readonly SearchValues<char> NotInName = SearchValues.Create("[]{}()<>\"'`&|=~!#^\\/,;*");
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    public ContentFault? Error { get; private set; }

    public bool AtEnd
    {
        get
        {
            SkipSpace();
            return _at >= _text.Length;
        }
    }

    /// <summary>Reads the words up to the end: a path or constant alone, or a helper and its arguments.</summary>
    public MergeExpression? ReadAll() => ReadCall(0, close: false);

    /// <summary>Reads <c>as |a b|</c> if it comes next.</summary>
    public static (string Head, string[] Names) SplitBlockParameters(string inner)
    {
        var trimmed = inner.TrimEnd();
        if (!trimmed.EndsWith('|'))
            return (inner, []);
        var open = trimmed.LastIndexOf('|', trimmed.Length - 2);
        var head = open < 0 ? "" : trimmed[..open].TrimEnd();
        if (!head.EndsWith(" as", StringComparison.Ordinal))
            return (inner, []);
        return (head[..^3], trimmed[(open + 1)..^1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private MergeExpression? ReadCall(int depth, bool close)
    {
        if (depth > MaxCallDepth)
            return Fail(ContentFault.Of("merge-call-depth", "helper calls are nested deeper than {0}", MaxCallDepth));
        var head = ReadOne(depth);
        if (head is null)
            return null;
        var arguments = new List<MergeExpression>();
        while (true)
        {
            SkipSpace();
            if (_at >= _text.Length || _text[_at] == ')')
            {
                if (close != (_at < _text.Length))
                    return Fail(
                        close
                            ? ContentFault.Of("merge-parenthesis-open", "a parenthesis is not closed")
                            : ContentFault.Of("merge-parenthesis-close", "a parenthesis is closed that was not opened")
                    );
                _at += close ? 1 : 0;
                break;
            }
            var next = ReadOne(depth);
            if (next is null)
                return null;
            arguments.Add(next);
        }
        if (arguments.Count == 0 && !close)
            return head;
        return head is PathExpression { Ups: 0, DataName: null, Segments: [var name] }
            ? new CallExpression(name, arguments)
            : Fail(ContentFault.Of("merge-helper-expected", "a helper name was expected before the arguments"));
    }

    private MergeExpression? ReadOne(int depth)
    {
        SkipSpace();
        if (_at >= _text.Length)
            return Fail(ContentFault.Of("merge-nothing", "something is missing here: a field or a helper was expected"));
        var c = _text[_at];
        if (c == '(')
        {
            _at++;
            return ReadCall(depth + 1, close: true);
        }
        return c is '"' or '\'' ? ReadString(c) : ReadWord();
    }

    private MergeExpression? ReadString(char quote)
    {
        var value = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            var c = _text[_at];
            if (c == '\\' && _at + 1 < _text.Length && _text[_at + 1] == quote)
                value.Append(_text[++_at]);
            else if (c == quote)
            {
                _at++;
                return new ConstantExpression(value.ToString());
            }
            else
                value.Append(c);
        }
        return Fail(ContentFault.Of("merge-quote", "a quoted text is not closed"));
    }

    private MergeExpression? ReadWord()
    {
        var start = _at;
        var bracket = false;
        for (; _at < _text.Length; _at++)
        {
            var c = _text[_at];
            if (c == '[')
                bracket = true;
            else if (c == ']')
                bracket = false;
            else if (!bracket && (char.IsWhiteSpace(c) || c is '(' or ')' or '"' or '\''))
                break;
        }
        var word = _text[start.._at].ToString();
        switch (word)
        {
            case "true":
                return new ConstantExpression(true);
            case "false":
                return new ConstantExpression(false);
            case "null" or "undefined":
                return new ConstantExpression(null);
        }
        if (
            double.TryParse(
                word,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
            return new ConstantExpression(number);
        if (word.Contains('=', StringComparison.Ordinal))
            return Fail(ContentFault.Of("merge-named", "named arguments such as '{0}' are not supported", word));
        return ReadPath(word);
    }

    private MergeExpression? ReadPath(string word)
    {
        var rest = word.AsSpan();
        var ups = 0;
        while (rest.StartsWith("../") || rest is "..")
        {
            ups++;
            rest = rest.Length > 2 ? rest[3..] : default;
        }
        if (rest.StartsWith("./"))
            rest = rest[2..];
        if (ups > MergeParser.MaxDepth)
            return Fail(ContentFault.Of("merge-climbs", "'{0}' climbs more than {1} levels", word, MergeParser.MaxDepth));
        var segments = new List<string>();
        while (rest.Length > 0)
        {
            int end;
            if (rest[0] == '[')
            {
                end = rest.IndexOf(']');
                if (end < 0)
                    return Fail(ContentFault.Of("merge-bracket", "'{0}' opens a bracket and does not close it", word));
                segments.Add(rest[1..end].ToString());
                end++;
            }
            else
            {
                end = rest.IndexOfAny('.', '/');
                end = end < 0 ? rest.Length : end;
                segments.Add(rest[..end].ToString());
            }
            rest = rest[end..];
            if (rest.Length == 0)
                break;
            if (rest[0] is not ('.' or '/') || rest is "/")
                return Fail(ContentFault.Of("merge-name", "'{0}' is not a field name", word));
            rest = rest[1..];
            if (rest.Length == 0 && word != ".")
                return Fail(ContentFault.Of("merge-dot", "'{0}' ends with a dot", word));
        }
        return Checked(word, ups, segments);
    }

    private PathExpression? Checked(string word, int ups, List<string> segments)
    {
        string? data = null;
        if (segments is [['@', ..], ..])
        {
            data = segments[0];
            segments.RemoveAt(0);
            if (data is not ("@root" or "@index" or "@key" or "@first" or "@last"))
                return Fail(ContentFault.Of("merge-data", "'{0}' is not known; use @root, @index, @key, @first or @last", data));
        }
        if (segments is ["this" or "", ..])
            segments.RemoveAt(0);
        if (segments.Count > MergeParser.MaxDepth)
            return Fail(ContentFault.Of("merge-levels", "'{0}' has more than {1} levels", word, MergeParser.MaxDepth));
        foreach (var segment in segments)
            if (!IsName(segment))
                return Fail(ContentFault.Of("merge-name", "'{0}' is not a field name", word));
        return new PathExpression(ups, data, segments);
    }

    /// <summary>Letters, digits, blanks and <c>_ - : @ + %</c> and the like; never what Handlebars uses itself, nor our own prefix.</summary>
    private static bool IsName(string segment)
    {
        if (segment.Length is 0 or > 100 || segment.StartsWith("__", StringComparison.Ordinal) || segment.AsSpan().ContainsAny(NotInName))
            return false;
        foreach (var c in segment)
            if (char.IsControl(c))
                return false;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private PathExpression? Fail(ContentFault fault)
    {
        Error ??= fault;
        return null;
    }
}
