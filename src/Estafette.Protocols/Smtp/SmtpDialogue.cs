using System.Text;

namespace Estafette.Protocols.Smtp;

/// <summary>Commands into the queue of the wire and replies out of it, every line shown to the transcript.</summary>
internal sealed class SmtpDialogue(SmtpWire wire, SmtpCapabilities capabilities, Action<SmtpTranscriptLine>? transcript)
{
    /// <summary>The next reply; its bytes are valid until the one after.</summary>
    public ValueTask<SmtpFrame> ReadAsync() => transcript is null ? wire.ReadReplyAsync() : ReadAloudAsync();

    private async ValueTask<SmtpFrame> ReadAloudAsync()
    {
        var frame = await wire.ReadReplyAsync();
        if (frame.Failure == SmtpFailureKind.None)
        {
            SmtpTranscripts.Say(transcript, wire.Reply(frame));
        }

        return frame;
    }

    public void QueueMail(SmtpEnvelope envelope)
    {
        var start = wire.Queued;
        wire.Queue("MAIL FROM:<"u8);
        wire.Queue(envelope.MailFrom);
        wire.Queue(">"u8);
        if (capabilities.Size && envelope.Size > 0)
        {
            wire.Queue(" SIZE="u8);
            wire.Queue(envelope.Size);
        }

        wire.Queue(envelope.Is8Bit ? " BODY=8BITMIME"u8 : default);
        wire.Queue(envelope.RequiresSmtpUtf8 ? " SMTPUTF8"u8 : default);
        wire.Queue(AsksReports(envelope) ? " RET=HDRS"u8 : default);
        EndLine(start);
    }

    public void QueueRcpt(SmtpEnvelope envelope)
    {
        var start = wire.Queued;
        wire.Queue("RCPT TO:<"u8);
        wire.Queue(envelope.RcptTo);
        wire.Queue(">"u8);
        wire.Queue(AsksReports(envelope) ? " NOTIFY=SUCCESS,FAILURE,DELAY"u8 : default);
        EndLine(start);
    }

    private bool AsksReports(SmtpEnvelope envelope) => envelope.AsksReports && capabilities.Dsn && envelope.MailFrom.Length > 0;

    public void Queue(string command)
    {
        var start = wire.Queued;
        wire.Queue(command);
        EndLine(start);
    }

    private void EndLine(int start)
    {
        transcript?.Invoke(new SmtpTranscriptLine(false, Encoding.UTF8.GetString(wire.QueuedFrom(start))));
        wire.Queue("\r\n"u8);
    }

    /// <summary>Tells the transcript of the text, which it does not show.</summary>
    public void NoteText(int octets) => transcript?.Invoke(new SmtpTranscriptLine(false, $"[message, {octets} octets]"));

    /// <summary>Tells the transcript of the final dot.</summary>
    public void NoteDot() => transcript?.Invoke(new SmtpTranscriptLine(false, "."));
}
