namespace Estafette.Protocols.Mime;

/// <summary>One header field being written: keeps the column and folds before a word that would pass 78 (RFC 5322 §2.2.3).</summary>
internal struct HeaderLine
{
    internal const int SoftLimit = 78;
    internal const int MaxLine = 998;

    private readonly MimeBuffer _output;
    private int _column;
    private bool _first = true;

    internal HeaderLine(MimeBuffer output, string name)
    {
        _output = output;
        output.WriteUtf8(name);
        output.Write(": "u8);
        _column = name.Length + 2;
    }

    /// <summary>Columns used on the current line.</summary>
    internal readonly int Column => _column;

    /// <summary>Whether nothing stands after the colon yet.</summary>
    internal readonly bool IsFirst => _first;

    /// <summary>Adds a word after a space, or on a new line when it does not fit.</summary>
    internal void Word(ReadOnlySpan<char> word)
    {
        if (!_first)
        {
            if (_column + 1 + word.Length > SoftLimit)
                Fold();
            else
                Space();
        }
        Raw(word);
    }

    /// <summary>Adds text with single spaces, folding at any of them.</summary>
    internal void Words(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split(' '))
            Word(text[range]);
    }

    /// <summary>Adds text without space or fold.</summary>
    internal void Raw(ReadOnlySpan<char> text)
    {
        var before = _output.Length;
        _output.WriteUtf8(text);
        _column += _output.Length - before;
        _first = false;
    }

    /// <summary>Continues on the next line, which begins with a space.</summary>
    internal void Fold()
    {
        _output.Write("\r\n "u8);
        _column = 1;
        _first = false;
    }

    internal void Space()
    {
        _output.WriteByte((byte)' ');
        _column++;
    }

    internal readonly void End() => _output.Write("\r\n"u8);
}
