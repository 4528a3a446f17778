namespace Estafette.Protocols.SmtpServer;

/// <summary>The commands this server knows.</summary>
internal enum SmtpVerb
{
    Unknown,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Expn,
    Help,
    StartTls,
    Auth,
}

/// <summary>What is fixed for a command, whatever the session.</summary>
/// <param name="MaxBytes">Longest line with its CRLF; 512 (RFC 5321 §4.5.3.1.4) and what the extensions we offer add to it.</param>
/// <param name="EndsGroup">Nothing may follow it before its reply (RFC 2920 §3.1, RFC 4954 §4), so input behind it is out of step.</param>
internal readonly record struct VerbRule(string Name, SmtpVerb Verb, int MaxBytes, bool EndsGroup);

/// <summary>The table of the commands.</summary>
internal static class SmtpVerbs
{
    // MAIL: SIZE 26, BODY 17, SMTPUTF8 10, AUTH 500, RET 9, ENVID 107. RCPT: NOTIFY 28, ORCPT 500.
    private static readonly VerbRule[] Rules =
    [
        new("", SmtpVerb.Unknown, 512, EndsGroup: false),
        new("HELO", SmtpVerb.Helo, 512, EndsGroup: true),
        new("EHLO", SmtpVerb.Ehlo, 512, EndsGroup: true),
        new("MAIL", SmtpVerb.Mail, 1181, EndsGroup: false),
        new("RCPT", SmtpVerb.Rcpt, 1040, EndsGroup: false),
        new("DATA", SmtpVerb.Data, 512, EndsGroup: true),
        new("BDAT", SmtpVerb.Bdat, 512, EndsGroup: false),
        new("RSET", SmtpVerb.Rset, 512, EndsGroup: false),
        new("NOOP", SmtpVerb.Noop, 512, EndsGroup: false),
        new("QUIT", SmtpVerb.Quit, 512, EndsGroup: false),
        new("VRFY", SmtpVerb.Vrfy, 512, EndsGroup: false),
        new("EXPN", SmtpVerb.Expn, 512, EndsGroup: false),
        new("HELP", SmtpVerb.Help, 512, EndsGroup: false),
        // What follows is dropped with the rest of the plain text (RFC 3207 §4).
        new("STARTTLS", SmtpVerb.StartTls, 512, EndsGroup: false),
        new("AUTH", SmtpVerb.Auth, ServerWire.MaxLineBytes, EndsGroup: true),
    ];

    /// <summary>Splits a line into its command and what follows it.</summary>
    public static VerbRule Read(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> arguments)
    {
        var space = line.IndexOf((byte)' ');
        var name = space < 0 ? line : line[..space];
        arguments = space < 0 ? default : line[(space + 1)..];
        foreach (var rule in Rules)
        {
            if (rule.Name.Length == name.Length && System.Text.Ascii.EqualsIgnoreCase(name, rule.Name) && rule.Verb != SmtpVerb.Unknown)
            {
                return rule;
            }
        }

        return Rules[0];
    }
}
