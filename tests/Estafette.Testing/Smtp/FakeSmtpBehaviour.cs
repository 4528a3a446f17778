using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;

namespace Estafette.Testing.Smtp;

/// <summary>Moment of a session at which a script may decide.</summary>
public enum FakeSmtpMoment
{
    /// <summary>The connection was made and the greeting is due.</summary>
    Greeting,

    /// <summary>EHLO or HELO.</summary>
    Ehlo,

    /// <summary>STARTTLS.</summary>
    StartTls,

    /// <summary>AUTH.</summary>
    Auth,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Rcpt,

    /// <summary>DATA.</summary>
    Data,

    /// <summary>The first octets of a text have come; only Close and Silence make sense.</summary>
    Text,

    /// <summary>The whole text and its final dot have come.</summary>
    Dot,

    /// <summary>RSET, NOOP, QUIT and anything unknown.</summary>
    Other,
}

/// <summary>What a script may look at.</summary>
/// <param name="Moment">What is due.</param>
/// <param name="Line">The command line without its line end; empty for the greeting, the text and the dot.</param>
/// <param name="MailFrom">Sender of the transaction, empty before MAIL.</param>
/// <param name="RcptTo">The recipient that is asked about, or the last one accepted.</param>
/// <param name="Connection">1 for the first connection of the server.</param>
/// <param name="Message">1 for the first transaction of the connection.</param>
public readonly record struct FakeSmtpStep(FakeSmtpMoment Moment, string Line, string MailFrom, string RcptTo, int Connection, int Message);

/// <summary>What a script wants instead of the ordinary answer.</summary>
public sealed record FakeSmtpAnswer
{
    private FakeSmtpAnswer() { }

    internal string? Text { get; private init; }
    internal TimeSpan OctetPause { get; private init; }
    internal bool Closes { get; private init; }
    internal bool IsSilent { get; private init; }
    internal bool TakesMessage { get; private init; }

    /// <summary>Closes without a word.</summary>
    public static FakeSmtpAnswer Close { get; } = new() { Closes = true };

    /// <summary>Says nothing more and waits for the client to give up.</summary>
    public static FakeSmtpAnswer Silence { get; } = new() { IsSilent = true };

    /// <summary>At the dot: keeps the message and closes without telling, the case that leaves a client in doubt.</summary>
    public static FakeSmtpAnswer TakeAndClose { get; } = new() { Closes = true, TakesMessage = true };

    /// <summary>At the dot: keeps the message and never answers.</summary>
    public static FakeSmtpAnswer TakeInSilence { get; } = new() { IsSilent = true, TakesMessage = true };

    /// <summary>Says this, raw, with a line end added; a message is kept when it begins with 2.</summary>
    public static FakeSmtpAnswer Reply(string text) => new() { Text = text, TakesMessage = text.StartsWith('2') };

    /// <summary>Says this and closes.</summary>
    public static FakeSmtpAnswer ReplyAndClose(string text) => Reply(text) with { Closes = true };

    /// <summary>Says this one octet at a time.</summary>
    public static FakeSmtpAnswer Slowly(string text, TimeSpan octetPause) => Reply(text) with { OctetPause = octetPause };
}

/// <summary>How a <see cref="FakeSmtpServer"/> acts; the default is a polite, fast server that takes everything.</summary>
public sealed record FakeSmtpBehaviour
{
    /// <summary>Port to listen on; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Lines of the EHLO reply after the first; STARTTLS and AUTH are added when set up.</summary>
    public IReadOnlyList<string> Extensions { get; init; } =
    ["PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

    /// <summary>Certificate to offer STARTTLS with; null for no STARTTLS. <see cref="TestCertificate"/> makes one.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Starts with the TLS handshake; needs <see cref="Certificate"/>.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>Name to be given in AUTH; null offers no AUTH. Any other name or password gets 535.</summary>
    public string? Username { get; init; }

    /// <summary>Password that goes with <see cref="Username"/>.</summary>
    public string Password { get; init; } = "";

    /// <summary>Mechanisms offered when <see cref="Username"/> is set.</summary>
    public string AuthMechanisms { get; init; } = "PLAIN LOGIN CRAM-MD5";

    /// <summary>Asked in order at each step; the first answer that is not null replaces the ordinary one.</summary>
    public IReadOnlyList<Func<FakeSmtpStep, FakeSmtpAnswer?>> Scripts { get; init; } = [];

    /// <summary>Keeps every accepted message in memory; default true.</summary>
    public bool KeepsMessages { get; init; } = true;

    /// <summary>Keeps every octet that clients send; default false.</summary>
    public bool KeepsRawInput { get; init; }

    /// <summary>File that gets a line <c>recipient TAB header value</c> for each accepted message, written before the reply; null for none.</summary>
    public string? RecordFile { get; init; }

    /// <summary>Header whose value goes into <see cref="RecordFile"/>; default Message-ID.</summary>
    public string RecordHeader { get; init; } = "Message-ID";

    /// <summary>Clock of <see cref="ReceivedMessage.At"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>This behaviour with one more script.</summary>
    public FakeSmtpBehaviour With(Func<FakeSmtpStep, FakeSmtpAnswer?> script) => this with { Scripts = [.. Scripts, script] };
}

/// <summary>Scripts for the usual bad days.</summary>
public static class FakeSmtpScripts
{
    /// <summary>The same answer each time this moment comes.</summary>
    public static Func<FakeSmtpStep, FakeSmtpAnswer?> At(FakeSmtpMoment moment, FakeSmtpAnswer answer) =>
        step => step.Moment == moment ? answer : null;

    /// <summary>An answer at this moment for some recipients.</summary>
    public static Func<FakeSmtpStep, FakeSmtpAnswer?> For(FakeSmtpMoment moment, Predicate<string> recipient, FakeSmtpAnswer answer) =>
        step => step.Moment == moment && recipient(step.RcptTo) ? answer : null;

    /// <summary>Another script, on some connections only.</summary>
    public static Func<FakeSmtpStep, FakeSmtpAnswer?> OnConnections(
        Predicate<int> connection,
        Func<FakeSmtpStep, FakeSmtpAnswer?> script
    ) => step => connection(step.Connection) ? script(step) : null;

    /// <summary>Random bad luck in given shares; the nth try of a recipient has the same luck in every run with the same seed.</summary>
    public static Func<FakeSmtpStep, FakeSmtpAnswer?> Storm(FakeSmtpShares shares)
    {
        var tries = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var luck = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        return step =>
        {
            if (step.Moment == FakeSmtpMoment.Rcpt)
            {
                var nth = tries.AddOrUpdate(step.RcptTo, 1, (_, n) => n + 1);
                luck[step.RcptTo] = Draw(shares.Seed, step.RcptTo, nth);
            }

            return step.Moment is FakeSmtpMoment.Rcpt or FakeSmtpMoment.Text or FakeSmtpMoment.Dot
                ? shares.Decide(step.Moment, luck.GetValueOrDefault(step.RcptTo, 1))
                : null;
        };
    }

    private static double Draw(int seed, string recipient, int nth)
    {
        // FNV-1a, since string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL ^ (uint)seed;
        foreach (var c in $"{recipient}#{nth}")
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) * (1.0 / (1UL << 53));
    }
}

/// <summary>Shares of bad luck, each 0 to 1, together at most 1.</summary>
public sealed record FakeSmtpShares
{
    /// <summary>Start of the random sequence.</summary>
    public int Seed { get; init; }

    /// <summary>450 at RCPT.</summary>
    public double RcptTransient { get; init; }

    /// <summary>550 5.1.1 at RCPT.</summary>
    public double RcptPermanent { get; init; }

    /// <summary>421 and close at RCPT.</summary>
    public double Goodbye { get; init; }

    /// <summary>451 after the dot.</summary>
    public double DotTransient { get; init; }

    /// <summary>554 after the dot.</summary>
    public double DotPermanent { get; init; }

    /// <summary>Close when the text begins.</summary>
    public double CutInText { get; init; }

    /// <summary>The message is kept and the connection closed without a reply.</summary>
    public double LostReply { get; init; }

    internal FakeSmtpAnswer? Decide(FakeSmtpMoment moment, double luck)
    {
        Span<(double Share, FakeSmtpMoment At, FakeSmtpAnswer Answer)> table =
        [
            (RcptTransient, FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Reply("450 4.2.0 try later")),
            (RcptPermanent, FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Reply("550 5.1.1 unknown user")),
            (Goodbye, FakeSmtpMoment.Rcpt, FakeSmtpAnswer.ReplyAndClose("421 4.3.2 going down")),
            (DotTransient, FakeSmtpMoment.Dot, FakeSmtpAnswer.Reply("451 4.3.0 try later")),
            (DotPermanent, FakeSmtpMoment.Dot, FakeSmtpAnswer.Reply("554 5.7.1 looks like spam")),
            (CutInText, FakeSmtpMoment.Text, FakeSmtpAnswer.Close),
            (LostReply, FakeSmtpMoment.Dot, FakeSmtpAnswer.TakeAndClose),
        ];
        foreach (var (share, at, answer) in table)
        {
            if (luck < share)
            {
                return at == moment ? answer : null;
            }

            luck -= share;
        }

        return null;
    }
}
