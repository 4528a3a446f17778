using System.Diagnostics;
using System.Text;

namespace Estafette.Core.Messages.Content;

/// <summary>Stands between Handlebars.Net and the output: turns sentinels into their steps, passes values on, and enforces the limits.</summary>
/// <remarks>One writer serves one render at a time and is used again; nothing is allocated for a message.</remarks>
internal sealed class MergeWriter : TextWriter
{
    /// <summary>Steps of all loops of one part.</summary>
    public const int MaxLoopSteps = 10_000;

    /// <summary>Characters of one part: 1 Mi for text, 2 Mi for html, 1,000 for a subject.</summary>
    public static int MaxLength(ContentPart part) =>
        part switch
        {
            ContentPart.Html => 2 << 20,
            ContentPart.Text => 1 << 20,
            _ => 1000,
        };

    // The clock is read once in so many writes: an ordinary message never reads it.
    private const int WritesPerClockReading = 256;

    private readonly byte[] _url = new byte[RecipientLinks.MaxUrlLength];
    private IContentOutput? _output;
    private RecipientLinks? _links;
    private MergeTemplate? _template;
    private LinkCache? _cache;
    private long _deadline;
    private int _remaining;
    private int _loopSteps;
    private int _writes;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>What was broken when <see cref="Stopped"/> was thrown.</summary>
    public RenderFailureKind Stop { get; private set; }

    public void Start(MergeTemplate template, ContentPart part, RecipientLinks links, LinkCache? cache, IContentOutput output)
    {
        _template = template;
        _links = links;
        _cache = cache;
        _output = output;
        _remaining = MaxLength(part);
        _loopSteps = 0;
        _writes = 0;
        _deadline = 0;
    }

    public void Finish()
    {
        _template = null;
        _links = null;
        _cache = null;
        _output = null;
    }

    public override void Write(string? value)
    {
        if (value is null)
            return;
        var run = _template!.Sentinel.IndexOf(value);
        if (run >= 0)
            WriteRun(_template.Runs[run]);
        else
            Write(value.AsSpan());
    }

    public override void Write(char value) => Write([value]);

    public override void Write(char[]? buffer) => Write(buffer.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Spend(buffer.Length);
        _output!.Write(buffer);
    }

    private void WriteRun(MergeStep[] steps)
    {
        foreach (ref readonly var step in steps.AsSpan())
        {
            if (step.Literal is { } literal)
            {
                Spend(literal.Text.Length);
                _output!.Write(literal);
            }
            else if (step.IsTick)
                Tick();
            else
                WriteMarker(step.Marker, step.Number);
        }
    }

    private void WriteMarker(MarkerKind kind, int number)
    {
        var url = _cache is null ? _url.AsSpan(0, _links!.WriteUrl(kind, number, _url)) : _cache.Get(_links!, kind, number);
        Spend(url.Length);
        if (kind == MarkerKind.OpenPixel)
            WritePixel(url);
        else
            _output!.WriteUrl(url);
    }

    private static readonly ContentLiteral PixelStart = new("<img src=\"");
    private static readonly ContentLiteral PixelEnd = new(
        "\" alt=\"\" width=\"1\" height=\"1\" border=\"0\" style=\"display:block;width:1px;height:1px;border:0\">"
    );

    private void WritePixel(ReadOnlySpan<byte> url)
    {
        if (url.IsEmpty)
            return;
        Spend(PixelEnd.Text.Length);
        _output!.Write(PixelStart);
        _output.WriteUrl(url);
        _output.Write(PixelEnd);
    }

    private void Tick()
    {
        if (++_loopSteps > MaxLoopSteps)
            throw Fail(RenderFailureKind.TooManySteps);
        Count();
    }

    private void Spend(int length)
    {
        _remaining -= length;
        if (_remaining < 0)
            throw Fail(RenderFailureKind.TooLong);
        Count();
    }

    private void Count()
    {
        if (++_writes % WritesPerClockReading != 0)
            return;
        var now = Stopwatch.GetTimestamp();
        if (_deadline == 0)
            _deadline = now + (long)(_template!.TimeBudget.TotalSeconds * Stopwatch.Frequency);
        else if (now > _deadline)
            throw Fail(RenderFailureKind.TooSlow);
    }

    private Stopped Fail(RenderFailureKind kind)
    {
        Stop = kind;
        return new Stopped();
    }

    /// <summary>Leaves the code compiled by Handlebars.Net, which has no other way out; caught in <see cref="MergeTemplate"/>.</summary>
    public sealed class Stopped() : Exception("A limit of the template was reached.");
}
