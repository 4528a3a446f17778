using System.Text;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Name and password from AUTH PLAIN and AUTH LOGIN: base64 of UTF-8 in one or two responses (RFC 4954 §4, RFC 4616 §2).</summary>
internal sealed class AuthExchange(ServerWire wire, SmtpServerTimeouts timeouts)
{
    private WireEnd _end;
    private SmtpReply? _refusal;

    /// <summary>Runs the exchange; there are credentials when the line is good and nothing was refused.</summary>
    public async ValueTask<(WireEnd End, (string User, string Password) Credentials, SmtpReply? Refusal)> ReadAsync(
        ReadOnlyMemory<byte> arguments
    )
    {
        var words = Encoding.Latin1.GetString(arguments.Span).Split(' ');
        var initial = words.Length == 2 ? words[1] : null;
        var credentials = (words.Length > 2 ? "" : words[0].ToUpperInvariant()) switch
        {
            "PLAIN" => await ReadPlainAsync(initial),
            "LOGIN" => await ReadLoginAsync(initial),
            _ => null,
        };
        _refusal ??= credentials is null ? ServerReplies.AuthUnknown : null;
        return (_end, credentials ?? default, _refusal);
    }

    private async ValueTask<(string, string)?> ReadPlainAsync(string? initial) =>
        await ChallengeAsync("", initial) is { } response ? SplitPlain(response) ?? Malformed() : null;

    private async ValueTask<(string, string)?> ReadLoginAsync(string? initial)
    {
        // "Username:" and "Password:" in base64, which some clients compare.
        var user = await ChallengeAsync("VXNlcm5hbWU6", initial);
        var password = user is null ? null : await ChallengeAsync("UGFzc3dvcmQ6", null);
        return password is null ? null
            : user!.Length > 0 && password.Length > 0 ? (user, password)
            : Malformed();
    }

    private (string, string)? Malformed()
    {
        _refusal = ServerReplies.AuthMalformed;
        return null;
    }

    /// <summary>Asks for one response, unless the client gave it already, and decodes it; null when there is none.</summary>
    private async ValueTask<string?> ChallengeAsync(string challenge, string? initial)
    {
        if (initial is null)
        {
            wire.Queue(new SmtpReply(334, challenge));
            (_end, var line) = await wire.ReadLineAsync(isIdle: false, timeouts);
            initial = Encoding.Latin1.GetString(line.Span);
        }

        if (_end != WireEnd.None)
        {
            return null;
        }

        var response = initial == "*" ? null : Decode(initial);
        _refusal =
            initial == "*" ? ServerReplies.AuthCancelled
            : response is null ? ServerReplies.AuthMalformed
            : null;
        return response;
    }

    private static string? Decode(string text)
    {
        // RFC 4954 §4: "=" stands for an empty initial response.
        if (text == "=")
        {
            return "";
        }

        var bytes = new byte[text.Length];
        return
            Convert.TryFromBase64String(text, bytes, out var count)
            && !text.Any(char.IsWhiteSpace)
            && System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, count))
            ? Encoding.UTF8.GetString(bytes, 0, count)
            : null;
    }

    /// <summary>Splits a PLAIN response; null when malformed or when it asks to act for somebody else.</summary>
    private static (string, string)? SplitPlain(string response) =>
        response.Split('\0') is [var actsFor, { Length: > 0 } user, { Length: > 0 } password] && (actsFor.Length == 0 || actsFor == user)
            ? (user, password)
            : null;
}
