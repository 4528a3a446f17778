namespace Estafette.Protocols.Smtp;

/// <summary>What a server offered in its reply to EHLO (RFC 5321 §4.1.1.1); nothing after HELO.</summary>
public sealed record SmtpCapabilities
{
    /// <summary>No extension at all, as after HELO.</summary>
    public static SmtpCapabilities None { get; } = new();

    /// <summary>Commands may be sent in one write (RFC 2920).</summary>
    public bool Pipelining { get; private init; }

    /// <summary>MAIL takes SIZE= (RFC 1870).</summary>
    public bool Size { get; private init; }

    /// <summary>Largest message taken in octets (RFC 1870 §4); 0 when the server sets or tells no limit.</summary>
    public long MaxSize { get; private init; }

    /// <summary>MAIL takes BODY=8BITMIME (RFC 6152).</summary>
    public bool EightBitMime { get; private init; }

    /// <summary>Addresses and headers may be UTF-8 (RFC 6531).</summary>
    public bool SmtpUtf8 { get; private init; }

    /// <summary>The connection can be moved to TLS (RFC 3207).</summary>
    public bool StartTls { get; private init; }

    /// <summary>Replies carry an enhanced status (RFC 2034).</summary>
    public bool EnhancedStatusCodes { get; private init; }

    /// <summary>RCPT takes NOTIFY= and MAIL takes RET= (RFC 3461).</summary>
    public bool Dsn { get; private init; }

    /// <summary>BDAT is offered (RFC 3030); this client does not use it.</summary>
    public bool Chunking { get; private init; }

    /// <summary>Mechanisms offered that this client knows (RFC 4954 §3).</summary>
    public SmtpAuthMechanisms Auth { get; private init; }

    /// <summary>AUTH was offered, with whatever mechanisms.</summary>
    public bool OffersAuth { get; private init; }

    /// <summary>Reads the lines after the first one of the reply to EHLO; unknown keywords are passed over.</summary>
    public static SmtpCapabilities Parse(SmtpReply ehlo)
    {
        var result = new SmtpCapabilities();
        foreach (var line in ehlo.Text.Split('\n').Skip(1))
        {
            // "AUTH=LOGIN" is the form of old servers, from before RFC 2554.
            var words = line.Split([' ', '\t', '='], StringSplitOptions.RemoveEmptyEntries);
            result = words.Length == 0 ? result : result.With(words[0].ToUpperInvariant(), words.AsSpan(1));
        }

        return result;
    }

    private SmtpCapabilities With(string keyword, ReadOnlySpan<string> parameters) =>
        keyword switch
        {
            "PIPELINING" => this with { Pipelining = true },
            "SIZE" => this with { Size = true, MaxSize = ParseSize(parameters) },
            "8BITMIME" => this with { EightBitMime = true },
            "SMTPUTF8" => this with { SmtpUtf8 = true },
            "STARTTLS" => this with { StartTls = true },
            "ENHANCEDSTATUSCODES" => this with { EnhancedStatusCodes = true },
            "DSN" => this with { Dsn = true },
            "CHUNKING" => this with { Chunking = true },
            "AUTH" => this with { OffersAuth = true, Auth = Auth | ParseMechanisms(parameters) },
            _ => this,
        };

    // RFC 1870 §3 allows 20 digits; a limit that long is no limit for us.
    private static long ParseSize(ReadOnlySpan<string> parameters) =>
        parameters.Length > 0
        && long.TryParse(
            parameters[0],
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var n
        )
            ? n
            : 0;

    private static SmtpAuthMechanisms ParseMechanisms(ReadOnlySpan<string> names)
    {
        var all = SmtpAuthMechanisms.None;
        foreach (var name in names)
        {
            all |= name.ToUpperInvariant() switch
            {
                "PLAIN" => SmtpAuthMechanisms.Plain,
                "LOGIN" => SmtpAuthMechanisms.Login,
                "CRAM-MD5" => SmtpAuthMechanisms.CramMd5,
                _ => SmtpAuthMechanisms.None,
            };
        }

        return all;
    }
}
