using System.Buffers;

namespace Estafette.Protocols.SmtpServer;

/// <summary>What is wrong with the octets of a text.</summary>
[Flags]
internal enum DataFaults
{
    None = 0,
    BareCr = 1,
    BareLf = 2,
    Nul = 4,
}

/// <summary>Finds the end of a text, takes the stuffing out and notices what may not be there (RFC 5321 §4.1.1.4, §4.5.2).</summary>
/// <remarks>
/// <para>
/// One state and one class of octet give the next state and what to do. Only CR LF dot CR LF in exactly these octets reaches <c>End</c>: a server
/// that also ends at LF dot LF, CR dot CR or LF dot CR LF takes one message of a careful client for two, and the second can say it comes from
/// anybody ("SMTP smuggling"). After a bare line end the state is <c>Text</c>, not <c>Line</c>, so a dot there is an ordinary octet.
/// </para>
/// <para>Texts in chunks (RFC 3030) use the same table from <c>Text</c> only: their dots mean nothing and their end is announced.</para>
/// </remarks>
internal sealed class DataScanner(BareLineEnds bareLineEnds, bool isChunked)
{
    private enum State : byte
    {
        Line,
        Text,
        Cr,
        Dot,
        DotCr,
        End,
    }

    private enum Act : byte
    {
        Keep,
        Skip,
        LineEnd,
        BareLf,
        BareCr,
        Nul,
        End,
    }

    // Class of the octet:                                CR                       LF                        dot                      NUL                      other
    private static readonly (State Next, Act Act)[][] Table =
    [
        /* Line  */[(State.Cr, Act.Skip), (State.Text, Act.BareLf), (State.Dot, Act.Skip), (State.Text, Act.Nul), (State.Text, Act.Keep)],
        /* Text  */[(State.Cr, Act.Skip), (State.Text, Act.BareLf), (State.Text, Act.Keep), (State.Text, Act.Nul), (State.Text, Act.Keep)],
        // BareCr gives the CR that was held, and the octet is looked at again in Text.
        /* Cr    */[
            (State.Text, Act.BareCr),
            (State.Line, Act.LineEnd),
            (State.Text, Act.BareCr),
            (State.Text, Act.BareCr),
            (State.Text, Act.BareCr),
        ],
        /* Dot   */[(State.DotCr, Act.Skip), (State.Text, Act.BareLf), (State.Text, Act.Keep), (State.Text, Act.Nul), (State.Text, Act.Keep)],
        /* DotCr */[(State.Text, Act.BareCr), (State.End, Act.End), (State.Text, Act.BareCr), (State.Text, Act.BareCr), (State.Text, Act.BareCr)],
    ];

    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private State _state = isChunked ? State.Text : State.Line;

    public DataFaults Faults { get; private set; }

    public bool IsAtEnd => _state == State.End;

    /// <summary>Takes octets up to the end of the text or of the input, and says how many.</summary>
    public int Consume(ReadOnlySpan<byte> input, MessageSpool to)
    {
        var at = 0;
        while (at < input.Length && _state != State.End)
        {
            if (_state == State.Text)
            {
                var plain = input[at..].IndexOfAny(Special);
                plain = plain < 0 ? input.Length - at : plain;
                to.Write(input.Slice(at, plain));
                at += plain;
                if (at == input.Length)
                {
                    break;
                }
            }

            var (next, act) = Table[(int)_state][ClassOf(input[at])];
            _state = next;
            Do(act, input.Slice(at, 1), to);
            at += act == Act.BareCr ? 0 : 1;
            if (isChunked && _state == State.Line)
            {
                _state = State.Text;
            }
        }

        return at;
    }

    /// <summary>The announced end of a text in chunks; a CR may still wait for its LF.</summary>
    public void Complete(MessageSpool to)
    {
        if (_state == State.Cr)
        {
            Do(Act.BareCr, default, to);
        }
    }

    private static int ClassOf(byte octet) =>
        octet switch
        {
            (byte)'\r' => 0,
            (byte)'\n' => 1,
            (byte)'.' => 2,
            0 => 3,
            _ => 4,
        };

    private void Do(Act act, ReadOnlySpan<byte> octet, MessageSpool to)
    {
        switch (act)
        {
            case Act.Keep:
                to.Write(octet);
                break;
            case Act.LineEnd:
                to.Write("\r\n"u8);
                break;
            case Act.BareLf:
                Faults |= DataFaults.BareLf;
                to.Write(bareLineEnds == BareLineEnds.Normalize ? "\r\n"u8 : "\n"u8);
                break;
            case Act.BareCr:
                Faults |= DataFaults.BareCr;
                to.Write(bareLineEnds == BareLineEnds.Normalize ? "\r\n"u8 : "\r"u8);
                break;
            case Act.Nul:
                Faults |= DataFaults.Nul;
                break;
            default:
                break;
        }
    }
}
