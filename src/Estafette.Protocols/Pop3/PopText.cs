using Estafette.Protocols.Mailboxes;

namespace Estafette.Protocols.Pop3;

/// <summary>A multi-line answer: takes the stuffing out and finds the end, the line that holds only a dot (RFC 1939 §3).</summary>
/// <remarks>Lines end with LF, with or without CR before it: a server is no enemy of its own mailbox, and some forget the CR.</remarks>
internal sealed class PopText(MailboxWire wire)
{
    private enum State
    {
        Line,
        Text,
        Dot,
        DotCr,
        End,
    }

    // Class of the octet:                 LF          CR           dot         other
    private static readonly State[][] Next =
    [
        /* Line  */[State.Line, State.Text, State.Dot, State.Text],
        /* Text  */[State.Line, State.Text, State.Text, State.Text],
        /* Dot   */[State.End, State.DotCr, State.Text, State.Text],
        /* DotCr */[State.End, State.DotCr, State.Text, State.Text],
    ];

    private State _state;

    /// <summary>Copies the text and says its length, which may be more than was copied.</summary>
    public async ValueTask<long> CopyAsync(Stream to, long maxBytes)
    {
        var total = 0L;
        var clean = new byte[BlockBytes + 1];
        while (_state != State.End)
        {
            var block = await wire.PeekAsync();
            block = block[..Math.Min(block.Length, BlockBytes)];
            var (used, kept) = Clean(block.Span, clean);
            wire.Skip(used);
            await to.WriteAsync(clean.AsMemory(0, (int)Math.Clamp(maxBytes - total, 0, kept)), wire.Over);
            total += kept;
        }

        return total;
    }

    private const int BlockBytes = 16 * 1024;

    private (int Used, int Kept) Clean(ReadOnlySpan<byte> block, Span<byte> clean)
    {
        var kept = 0;
        for (var i = 0; i < block.Length; i++)
        {
            var before = _state;
            _state = Next[(int)before][ClassOf(block[i])];
            if (_state == State.End)
            {
                return (i + 1, kept);
            }

            // The dot at the start of a line is dropped, and the CR behind it waits for its LF.
            if (before == State.DotCr)
            {
                clean[kept++] = (byte)'\r';
            }

            if (_state is not (State.Dot or State.DotCr))
            {
                clean[kept++] = block[i];
            }
        }

        return (block.Length, kept);
    }

    private static int ClassOf(byte octet) =>
        octet switch
        {
            (byte)'\n' => 0,
            (byte)'\r' => 1,
            (byte)'.' => 2,
            _ => 3,
        };
}
