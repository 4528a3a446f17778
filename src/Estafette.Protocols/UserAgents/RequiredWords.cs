namespace Estafette.Protocols.UserAgents;

/// <summary>Finds words of which one must stand in a text that an expression matches, so that most expressions need not be tried at all.</summary>
/// <remarks>
/// The reading is careful rather than complete: what it does not understand (look-around, inline options, back references) gives no words, and
/// the expression is then tried on every text. Words are in lower case, for a text in lower case: an ASCII text that has them in another
/// case passes needlessly, which costs time and nothing else.
/// </remarks>
internal ref struct RequiredWords
{
    /// <summary>Shorter words are in most texts.</summary>
    public const int MinLength = 3;

    private readonly ReadOnlySpan<char> _expression;
    private int _at;
    private bool _isUnknown;

    private RequiredWords(ReadOnlySpan<char> expression) => _expression = expression;

    /// <summary>The words of an expression; null when none is required for certain.</summary>
    public static IReadOnlyList<string>? Of(string expression)
    {
        var reader = new RequiredWords(expression);
        var words = reader.ReadAlternatives();
        return reader._isUnknown || reader._at < expression.Length ? null : words;
    }

    /// <summary>Alternatives up to the end or a closing bracket: one word of each, or nothing.</summary>
    private List<string>? ReadAlternatives()
    {
        List<string>? all = [];
        while (true)
        {
            var one = ReadSequence();
            all = one is null || all is null ? null : [.. all, .. one];
            if (_at >= _expression.Length || _expression[_at] != '|')
                return all;
            _at++;
        }
    }

    private List<string>? ReadSequence()
    {
        List<string>? best = null;
        var run = new List<char>();
        while (!_isUnknown && _at < _expression.Length && _expression[_at] is not ('|' or ')'))
        {
            if (_expression[_at] == '(')
            {
                best = Better(best, Word(run));
                run.Clear();
                var inside = ReadGroup();
                if (!TakeQuantifier(out var least) || least > 0)
                    best = Better(best, inside);
                continue;
            }
            var literal = ReadOne();
            var isRepeated = TakeQuantifier(out var minimum);
            if (literal is { } letter && minimum > 0)
                run.Add(char.ToLowerInvariant(letter));
            if (literal is null || isRepeated)
            {
                best = Better(best, Word(run));
                run.Clear();
                // "ab+c": the last b stands directly before c.
                if (literal is { } last && isRepeated && minimum > 0)
                    run.Add(char.ToLowerInvariant(last));
            }
        }
        return Better(best, Word(run));
    }

    private List<string>? ReadGroup()
    {
        _at++;
        if (_expression[_at..].StartsWith("?:"))
            _at += 2;
        else if (_at < _expression.Length && _expression[_at] == '?')
            _isUnknown = true;
        var inside = _isUnknown ? null : ReadAlternatives();
        if (_at >= _expression.Length || _expression[_at] != ')')
            _isUnknown = true;
        _at++;
        return inside;
    }

    /// <summary>One character, class or position; the character when it stands for itself.</summary>
    private char? ReadOne()
    {
        var c = _expression[_at++];
        switch (c)
        {
            case '.' or '^' or '$':
                return null;
            case '[':
                SkipClass();
                return null;
            case '\\' when _at < _expression.Length:
                var escaped = _expression[_at++];
                if (!char.IsAsciiLetterOrDigit(escaped))
                    return char.IsAscii(escaped) ? escaped : null;
                _isUnknown |= escaped is not ('d' or 'D' or 'w' or 'W' or 's' or 'S' or 'b' or 'B');
                return null;
            default:
                return char.IsAscii(c) ? c : null;
        }
    }

    private void SkipClass()
    {
        if (_at < _expression.Length && _expression[_at] == '^')
            _at++;
        var first = _at;
        while (_at < _expression.Length && (_expression[_at] != ']' || _at == first))
            _at += _expression[_at] == '\\' ? 2 : 1;
        _at++;
    }

    /// <summary>Whether something says how often, and the least number.</summary>
    private bool TakeQuantifier(out int least)
    {
        least = 1;
        if (_at >= _expression.Length)
            return false;
        switch (_expression[_at])
        {
            case '?' or '*':
                least = 0;
                _at++;
                break;
            case '+':
                _at++;
                break;
            case '{' when _at + 1 < _expression.Length && char.IsAsciiDigit(_expression[_at + 1]):
                least = _expression[_at + 1] == '0' ? 0 : 1;
                var end = _expression[_at..].IndexOf('}');
                _isUnknown |= end < 0;
                _at = end < 0 ? _expression.Length : _at + end + 1;
                break;
            default:
                return false;
        }
        if (_at < _expression.Length && _expression[_at] == '?')
            _at++;
        return true;
    }

    private static List<string>? Word(List<char> run) => run.Count >= MinLength ? [new string([.. run])] : null;

    /// <summary>Few words are better than many, long ones better than short ones.</summary>
    private static List<string>? Better(List<string>? a, List<string>? b) =>
        a is null or [] ? (b is [] ? null : b)
        : b is null or [] ? a
        : b.Count != a.Count ? (b.Count < a.Count ? b : a)
        : b.Min(w => w.Length) > a.Min(w => w.Length) ? b
        : a;
}
