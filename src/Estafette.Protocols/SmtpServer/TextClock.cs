namespace Estafette.Protocols.SmtpServer;

/// <summary>How long the client may still take for a text: a credit, then a least mean rate, and an end in any case.</summary>
/// <remarks>The time left grows with each octet, so a client of one octet a minute has used up its credit soon however often it sends.</remarks>
internal sealed class TextClock(SmtpServerTimeouts timeouts, TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();
    private long _bytes;

    public void Count(long bytes) => _bytes += bytes;

    /// <summary>Time until the text is too slow, if nothing more comes; at most zero when it is.</summary>
    public TimeSpan Left
    {
        get
        {
            var earned = timeouts.DataCredit + TimeSpan.FromSeconds((double)_bytes / timeouts.BytesPerSecond);
            return (earned < timeouts.Data ? earned : timeouts.Data) - clock.GetElapsedTime(_began);
        }
    }
}
