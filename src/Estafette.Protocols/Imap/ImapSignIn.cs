using System.Text;
using Estafette.Protocols.Mailboxes;

namespace Estafette.Protocols.Imap;

/// <summary>From an open connection to one that is signed in: TLS, greeting, STARTTLS, capabilities, password (RFC 3501 §6.1, §6.2).</summary>
internal sealed class ImapSignIn(MailboxWire wire, ImapDialogue dialogue, MailboxOptions options)
{
    private HashSet<string> _capabilities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the server can do, in the end after signing in.</summary>
    public IReadOnlySet<string> Capabilities => _capabilities;

    public async ValueTask RunAsync()
    {
        if (options.Tls == MailboxTls.Implicit)
        {
            await wire.StartTlsAsync();
        }

        dialogue.OnUntagged = Note;
        var greeting = await dialogue.ReadAsync();
        Note(greeting);
        if (greeting.Tag != "*" || greeting.Status is not ("OK" or "PREAUTH"))
        {
            throw Failed(
                greeting.Status == "BYE" ? MailboxFailure.Closed : MailboxFailure.Protocol,
                $"its greeting is no welcome: {greeting.Text}"
            );
        }

        if (options.Tls == MailboxTls.StartTls)
        {
            await StartTlsAsync(greeting);
        }

        await LearnAsync();
        if (greeting.Status != "PREAUTH")
        {
            await SignInAsync();
        }
    }

    private async ValueTask StartTlsAsync(ImapResponse greeting)
    {
        await LearnAsync();
        if (greeting.Status == "PREAUTH" || !_capabilities.Contains("STARTTLS"))
        {
            // A server signed in already cannot start TLS any more; somebody in between would greet so (RFC 9051 §7.1.4).
            throw Failed(MailboxFailure.Tls, "it does not offer STARTTLS, which is required; use its TLS port");
        }

        var end = await dialogue.AskAsync(new ImapCommand("STARTTLS"));
        if (end.Status != "OK")
        {
            throw Failed(MailboxFailure.Tls, $"it refuses STARTTLS: {end.Text}");
        }

        await wire.StartTlsAsync();
        // RFC 3501 §6.2.1: what was learnt before is forgotten.
        _capabilities = new(StringComparer.OrdinalIgnoreCase);
    }

    private async ValueTask LearnAsync()
    {
        if (_capabilities.Count == 0)
        {
            await dialogue.AskAsync(new ImapCommand("CAPABILITY"));
        }
    }

    private async ValueTask SignInAsync()
    {
        if (!wire.MayShowPassword)
        {
            throw Failed(MailboxFailure.Policy, "signing in would show the password on an unencrypted line; use TLS");
        }

        var end =
            _capabilities.Contains("AUTH=PLAIN") ? await PlainAsync()
            : _capabilities.Contains("LOGINDISABLED") ? throw Failed(MailboxFailure.Policy, "it does not let anybody sign in here; use TLS")
            : await dialogue.AskAsync(new ImapCommand("LOGIN").String(options.Username).String(options.Password));
        if (end.Status != "OK")
        {
            var isTemporary = end.CodeArgument("UNAVAILABLE") is not null;
            throw Failed(
                isTemporary ? MailboxFailure.Closed : MailboxFailure.SignInRefused,
                isTemporary ? $"it cannot check the password now: {end.Text}" : $"name or password refused: {end.Text}; check both"
            );
        }

        // RFC 3501 §6.2.2: what it can do may be another thing now.
        if (end.CodeArgument("CAPABILITY") is { } given)
        {
            Learn(given.Split(' '));
            return;
        }

        _capabilities = new(StringComparer.OrdinalIgnoreCase);
        await LearnAsync();
    }

    private async ValueTask<ImapResponse> PlainAsync()
    {
        var response = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{options.Username}\0{options.Password}"));
        // RFC 4959: the response with the command.
        var atOnce = _capabilities.Contains("SASL-IR");
        var (tag, answer) = await dialogue.BeginAsync(atOnce ? $"AUTHENTICATE PLAIN {response}" : "AUTHENTICATE PLAIN");
        if (answer.Tag != "+" || atOnce)
        {
            return answer;
        }

        await dialogue.WriteLineAsync(response);
        return await dialogue.ReadUntilAsync(tag, null);
    }

    private void Note(ImapResponse response)
    {
        if (response.CodeArgument("CAPABILITY") is { } given)
        {
            Learn(given.Split(' '));
        }
        else if (response.IsData && response.Values is [var name, .. var values] && name.Is("CAPABILITY"))
        {
            Learn(values.Select(v => v.Text));
        }
    }

    private void Learn(IEnumerable<string> capabilities) => _capabilities = new(capabilities.Take(500), StringComparer.OrdinalIgnoreCase);

    private MailboxException Failed(MailboxFailure failure, string why) => wire.Failed(failure, "Signing in", why);
}
