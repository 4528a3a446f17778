namespace Estafette.Protocols.Mime;

/// <summary>Constant text encoded once as quoted-printable, then copied into any number of bodies.</summary>
/// <remarks>
/// The encoded bytes start at column 0. What cannot be decided without the neighbours is kept apart: a first line feed (it may
/// belong to a carriage return before it), a first low surrogate and a last high surrogate (halves of a split character).
/// </remarks>
public sealed class QpBlock
{
    private QpBlock(string head, byte[] body, int endColumn, bool endsWithCr, char tail)
    {
        Head = head;
        Body = body;
        EndColumn = endColumn;
        EndsWithCr = endsWithCr;
        Tail = tail;
    }

    /// <summary>Size of the encoded bytes.</summary>
    public int Length => Body.Length;

    internal string Head { get; }

    internal byte[] Body { get; }

    internal int EndColumn { get; }

    internal bool EndsWithCr { get; }

    internal char Tail { get; }

    /// <summary>Encodes a literal once.</summary>
    /// <param name="literal">Any text; line ends of every kind become CRLF, lone surrogates U+FFFD.</param>
    public static QpBlock Encode(string literal)
    {
        ArgumentNullException.ThrowIfNull(literal);
        var start = literal.Length > 0 && (literal[0] == '\n' || char.IsLowSurrogate(literal[0])) ? 1 : 0;
        var end = literal.Length;
        var tail = '\0';
        if (end > start && char.IsHighSurrogate(literal[end - 1]))
            tail = literal[--end];
        using var buffer = new MimeBuffer(Math.Max(64, literal.Length * 2));
        var writer = new QuotedPrintableWriter(buffer);
        writer.Write(literal.AsSpan(start, end - start));
        writer.FlushSurrogate();
        return new QpBlock(literal[..start], buffer.ToArray(), writer.Column, writer.EndsWithCr, tail);
    }
}
