using System.Text;

namespace Estafette.Cli.Control;

/// <summary>A text writer whose text leaves as frames, at each line end, flush or 8,000 characters.</summary>
internal sealed class FrameWriter(FrameKind kind, Action<Frame> send) : TextWriter
{
    private const int Enough = 8000;

    private readonly Lock _guard = new();
    private readonly StringBuilder _text = new();
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Append([value]);

    public override void Write(char[] buffer, int index, int count) => Append(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Append(buffer);

    public override void Write(string? value) => Append(value);

    public override void WriteLine(string? value)
    {
        lock (_guard)
        {
            Append(value);
            Append(CoreNewLine);
        }
    }

    public override void Flush()
    {
        lock (_guard)
            SendText();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Flush();
        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        lock (_guard)
        {
            // Pieces stay far below the longest frame.
            for (; text.Length > Enough; text = text[Enough..])
            {
                _text.Append(text[..Enough]);
                SendText();
            }
            _text.Append(text);
            if (_text.Length > Enough || text.Contains('\n'))
                SendText();
        }
    }

    private void SendText()
    {
        if (_text.Length == 0)
            return;
        var chars = _text.ToString().AsSpan();
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(chars.Length)];
        var count = _encoder.GetBytes(chars, bytes, flush: false);
        _text.Clear();
        if (count > 0)
            send(new Frame(kind, bytes.AsMemory(0, count)));
    }
}
