namespace Estafette.Core.Messages.Content;

/// <summary>Follows an HTML source character by character, far enough to know where an expression stands, and refuses markup bombs.</summary>
internal sealed class HtmlScanState(string source)
{
    /// <summary>Tags of one content.</summary>
    public const int MaxTags = 50_000;

    /// <summary>Formatting elements left open: the parser repeats each of them in every later block.</summary>
    private const int MaxOpenFormatting = 100;

    private static readonly HashSet<string> RawText = new(StringComparer.OrdinalIgnoreCase)
    {
        "style",
        "script",
        "textarea",
        "title",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
    };
    private static readonly HashSet<string> Formatting = new(StringComparer.OrdinalIgnoreCase)
    {
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    };
    private State _state;
    private string _name = "";
    private bool _isEnd;
    private char _quote;
    private int _tags;
    private int _openFormatting;

    private enum State
    {
        Content,
        Tag,
        BeforeValue,
        QuotedValue,
        BareValue,
        Comment,
        BogusComment,
        RawText,
    }

    public bool IsContent => _state == State.Content;

    public bool IsBetweenAttributes => _state == State.Tag;

    /// <summary>Why the markup is refused, or null.</summary>
    public ContentFault? Fault { get; private set; }

    /// <summary>Reads the source between two positions.</summary>
    public void Advance(int from, int to)
    {
        for (var i = from; i < to; i++)
            i += Step(i);
    }

    /// <summary>An expression was passed over.</summary>
    public void Skip()
    {
        if (_state == State.BeforeValue)
            _state = State.BareValue;
    }

    /// <summary>Reads one character and says how many more it took.</summary>
    private int Step(int i)
    {
        var c = source[i];
        switch (_state)
        {
            case State.Content:
                return c == '<' ? OpenTag(i) : 0;
            case State.RawText:
                return c == '<' && StartsWith(i + 1, "/" + _name) ? OpenTag(i) : 0;
            case State.Comment:
                if (c == '>' && (EndsAt(i, "--") || EndsAt(i, "--!")))
                    _state = State.Content;
                return 0;
            case State.BogusComment:
                if (c == '>')
                    _state = State.Content;
                return 0;
            case State.QuotedValue:
                if (c == _quote)
                    _state = State.Tag;
                return 0;
        }
        if (c == '>')
            CloseTag();
        else if (_state == State.BeforeValue && c is '"' or '\'')
            (_state, _quote) = (State.QuotedValue, c);
        else if (_state == State.BeforeValue && !char.IsWhiteSpace(c))
            _state = State.BareValue;
        else if (_state == State.BareValue && char.IsWhiteSpace(c))
            _state = State.Tag;
        else if (_state == State.Tag && c == '=')
            _state = State.BeforeValue;
        return 0;
    }

    private int OpenTag(int i)
    {
        if (StartsWith(i, "<!--"))
        {
            _state = StartsWith(i, "<!-->") || StartsWith(i, "<!--->") ? State.Content : State.Comment;
            return 3;
        }
        _isEnd = StartsWith(i + 1, "/");
        var start = i + (_isEnd ? 2 : 1);
        if (start < source.Length && !_isEnd && source[start] is '!' or '?')
        {
            _state = State.BogusComment;
            return 0;
        }
        if (start >= source.Length || !char.IsAsciiLetter(source[start]))
            return 0;
        var end = start;
        while (end < source.Length && !char.IsWhiteSpace(source[end]) && source[end] is not ('/' or '>' or '{'))
            end++;
        _name = source[start..end];
        _state = State.Tag;
        if (++_tags > MaxTags)
            Fault ??= ContentFault.Of("tags", "the markup has more than {0} tags", MaxTags);
        if (Formatting.Contains(_name))
        {
            _openFormatting += _isEnd ? -1 : 1;
            if (_openFormatting > MaxOpenFormatting)
                Fault ??= ContentFault.Of(
                    "formatting",
                    "more than {0} formatting tags such as <{1}> are open at once; close them",
                    MaxOpenFormatting,
                    _name
                );
        }
        return end - i - 1;
    }

    private void CloseTag() => _state = !_isEnd && RawText.Contains(_name) ? State.RawText : State.Content;

    private bool StartsWith(int i, string text) => string.Compare(source, i, text, 0, text.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private bool EndsAt(int i, string text) =>
        i >= text.Length && string.CompareOrdinal(source, i - text.Length, text, 0, text.Length) == 0;
}
