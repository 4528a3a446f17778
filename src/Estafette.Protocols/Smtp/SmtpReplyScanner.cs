namespace Estafette.Protocols.Smtp;

/// <summary>What the scanner knows of the bytes it has seen so far.</summary>
internal enum SmtpScan
{
    /// <summary>No complete reply yet.</summary>
    NeedMore,

    /// <summary>A complete reply; <see cref="SmtpReplyScanner.Length"/> and <see cref="SmtpReplyScanner.Code"/> are valid.</summary>
    Complete,

    /// <summary>These bytes cannot be a reply, or it passes a limit.</summary>
    Malformed,
}

/// <summary>Finds the end of one SMTP reply in a growing buffer and looks at each byte once (RFC 5321 §4.2).</summary>
/// <remarks>
/// Grammar: any number of <c>code "-" text CRLF</c>, then <c>code [SP text] CRLF</c>, all with the same code (§4.2.1). A line that ends with a
/// bare LF is accepted, since no command of ours depends on it. RFC 5321 §4.5.3.1.5 lets a reply line have 512 octets; here 4,096.
/// </remarks>
internal struct SmtpReplyScanner
{
    /// <summary>Longest line accepted, with its line end.</summary>
    public const int MaxLineBytes = 4096;

    /// <summary>Longest reply accepted, all lines together.</summary>
    public const int MaxReplyBytes = 64 * 1024;

    /// <summary>Most lines in one reply.</summary>
    public const int MaxLines = 100;

    private int _lineStart;
    private int _searchedTo;
    private int _lines;

    /// <summary>The reply code, once a line is complete.</summary>
    public int Code { get; private set; }

    /// <summary>Bytes of the complete reply, all line ends included.</summary>
    public readonly int Length => _lineStart;

    /// <summary>Continues the scan; <paramref name="data"/> always begins at the first byte of the reply.</summary>
    public SmtpScan Scan(ReadOnlySpan<byte> data)
    {
        while (true)
        {
            var found = data[_searchedTo..].IndexOf((byte)'\n');
            if (found < 0)
            {
                _searchedTo = data.Length;
                var tooLong = data.Length - _lineStart >= MaxLineBytes || data.Length >= MaxReplyBytes;
                return tooLong || !CanBegin(data[_lineStart..]) ? SmtpScan.Malformed : SmtpScan.NeedMore;
            }

            var end = _searchedTo + found + 1;
            var line = data[_lineStart..end];
            if (line.Length > MaxLineBytes || end > MaxReplyBytes || ++_lines > MaxLines || !TakeCode(line))
            {
                return SmtpScan.Malformed;
            }

            _lineStart = end;
            _searchedTo = end;
            if (line[3] != (byte)'-')
            {
                return SmtpScan.Complete;
            }
        }
    }

    /// <summary>Garbage is refused at its first byte, not after the deadline of the phase.</summary>
    private static bool CanBegin(ReadOnlySpan<byte> part)
    {
        for (var i = 0; i < Math.Min(3, part.Length); i++)
        {
            if (part[i] is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
        }

        return true;
    }

    private bool TakeCode(ReadOnlySpan<byte> line)
    {
        // Three digits and at least a line feed; §4.2 obliges a client to accept a code without text.
        if (line.Length < 4 || !CanBegin(line) || line[0] is < (byte)'2' or > (byte)'5')
        {
            return false;
        }

        if (line[3] is not ((byte)' ' or (byte)'-' or (byte)'\n') && !(line[3] == (byte)'\r' && line.Length == 5))
        {
            return false;
        }

        var code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        if (_lines > 1 && code != Code)
        {
            return false;
        }

        Code = code;
        return true;
    }
}
