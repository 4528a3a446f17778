namespace Estafette.Protocols.Smtp;

/// <summary>Wording shared by the handshake and the connection.</summary>
internal static class SmtpTranscripts
{
    /// <summary>Gives each line of a reply to the transcript.</summary>
    public static void Say(Action<SmtpTranscriptLine>? transcript, SmtpReply reply)
    {
        if (transcript is null)
        {
            return;
        }

        foreach (var line in reply.ToString().Split('\n'))
        {
            transcript(new SmtpTranscriptLine(true, line));
        }
    }

    /// <summary>Says in words how a step broke off.</summary>
    public static string Explain(string doing, SmtpFailureKind kind) =>
        kind switch
        {
            SmtpFailureKind.Timeout => $"{doing}: no complete reply before the deadline; the server is too slow or stuck",
            SmtpFailureKind.Closed => $"{doing}: the server closed the connection",
            SmtpFailureKind.Protocol => $"{doing}: the answer is no SMTP reply; check port and TLS mode",
            SmtpFailureKind.Cancelled => $"{doing}: cancelled",
            SmtpFailureKind.Withheld => $"{doing}: withheld before its final dot",
            _ => $"{doing}: failed ({kind})",
        };
}
