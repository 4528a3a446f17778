using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Messages.Content;

/// <summary>Writes a rendered content straight into a MIME message: header fields, then the bodies as quoted-printable.</summary>
/// <remarks>
/// Constant text of 32 characters or more is encoded once per compiled content and then copied. One output serves one message at a time:
/// <see cref="Start"/>, render, <see cref="Complete"/>. The skeleton must have been built with quoted-printable bodies, and with exactly
/// the bodies the content has.
/// </remarks>
internal sealed class MimeContentOutput(MimeSkeleton skeleton) : IContentOutput
{
    // A block starts on a line of its own; below this length the line break costs more than the encoding.
    private const int MinBlockLength = 32;

    private readonly StringBuilder _subject = new();
    private MimeBuffer? _buffer;
    private QuotedPrintableWriter? _writer;
    private WriteHeaders? _headers;
    private string? _wholeSubject;
    private bool _inSubject;
    private bool _isBetween;
    private bool _isUnfinished;

    /// <summary>Writes all header fields of the message except MIME-Version and Content-Type, each ended by CRLF.</summary>
    /// <param name="output">The message.</param>
    /// <param name="subject">The subject of this recipient, without control characters.</param>
    public delegate void WriteHeaders(MimeBuffer output, string subject);

    /// <summary>Begins a message at the end of a buffer.</summary>
    public void Start(MimeBuffer buffer, WriteHeaders headers)
    {
        // After a failure the writer stands in the middle of a body that no longer exists.
        if (!ReferenceEquals(_buffer, buffer) || _isUnfinished)
            _writer = new QuotedPrintableWriter(buffer);
        _buffer = buffer;
        _isUnfinished = false;
        _headers = headers;
        _isBetween = false;
    }

    /// <summary>Writes what closes the message, after a render without failure.</summary>
    public void Complete()
    {
        Separate();
        _buffer!.Write(skeleton.Closing.Span);
    }

    public void Begin(ContentPart part)
    {
        _inSubject = part == ContentPart.Subject;
        _isUnfinished = true;
        _wholeSubject = null;
        if (part == ContentPart.Subject)
            _subject.Clear();
        else if (part == ContentPart.Html)
            Separate();
    }

    public void Write(ContentLiteral literal)
    {
        if (_inSubject)
        {
            _wholeSubject = _subject.Length == 0 ? literal.Text : null;
            _subject.Append(literal.Text);
        }
        else if (literal.Text.Length < MinBlockLength)
            _writer!.Write(literal.Text);
        else
            _writer!.WriteBlock((QpBlock)(literal.Encoded ??= QpBlock.Encode(literal.Text)));
    }

    public void Write(ReadOnlySpan<char> text)
    {
        if (_inSubject)
        {
            _wholeSubject = null;
            _subject.Append(text);
        }
        else
            _writer!.Write(text);
    }

    public void WriteUrl(ReadOnlySpan<byte> url)
    {
        Span<char> characters = stackalloc char[url.Length];
        Encoding.ASCII.GetChars(url, characters);
        Write(characters);
    }

    public void End(ContentPart part)
    {
        _isUnfinished = false;
        if (part != ContentPart.Subject)
        {
            _writer!.Finish();
            return;
        }
        _headers!(_buffer!, _wholeSubject ?? _subject.ToString());
        _buffer!.Write(skeleton.Opening.Span);
    }

    private void Separate()
    {
        if (!_isBetween)
            _buffer!.Write(skeleton.BetweenBodies.Span);
        _isBetween = true;
    }
}
