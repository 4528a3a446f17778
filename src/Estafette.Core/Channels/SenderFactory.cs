using System.Security.Cryptography;
using System.Text.Json;
using Estafette.Core.Channels.Capture;
using Estafette.Core.Channels.Http;
using Estafette.Core.Channels.Smtp;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;

namespace Estafette.Core.Channels;

/// <summary>Makes the sender of a server from its stored row.</summary>
public sealed class SenderFactory(Secrets secrets, WriteQueue writes, NetworkOptions network, TimeProvider clock)
{
    /// <summary>
    /// The sender as the row describes it now; make a new one when the row changed. Never fails: a row that cannot be used gives a sender whose
    /// every result says why.
    /// </summary>
    /// <param name="server">The row.</param>
    /// <param name="dialogue">Gets every line of the dialogue, secrets masked; null for none.</param>
    public ISender Create(SendingServer server, Action<DialogueLine>? dialogue = null)
    {
        try
        {
            var settings = SealedHeaders.Open(ServerSettings.Parse(server.Kind, server.Settings), secrets);
            var secret = server.ProtectedSecret is { } stored ? ServerSecret.Deserialize(secrets.Unprotect(stored)) : null;
            return settings switch
            {
                CaptureSettings capture => new CaptureSender(server, capture, writes, clock),
                SmtpSettings smtp => new SmtpSender(smtp, secret, network, clock, dialogue),
                HttpSettings http => new HttpSender(server, http, secret, network, clock, dialogue),
                _ => new UnusableSender($"Sending server '{server.Name}' is of a kind that this version cannot use."),
            };
        }
        catch (Exception broken) when (broken is JsonException or FormatException)
        {
            return new UnusableSender(
                $"Sending server '{server.Name}' has settings that cannot be read ({broken.Message}); save it again."
            );
        }
        catch (CryptographicException)
        {
            return new UnusableSender(
                $"The key of sending server '{server.Name}' cannot be decrypted with the key ring of this installation; enter it again."
            );
        }
    }
}

/// <summary>Stands for a server whose row cannot be used.</summary>
internal sealed class UnusableSender(string why) : ISender, ISenderSlot
{
    private readonly SendResult _result = new()
    {
        Outcome = AttemptOutcome.Unreachable,
        Blame = Blame.Configuration,
        Text = why,
    };

    public MessageForm Form => MessageForm.Parts;

    public ISenderSlot OpenSlot() => this;

    public ValueTask<SendResult> SendAsync(OutgoingMessage message, OutgoingMessage? next, ISendStart start, CancellationToken ct) =>
        new(_result);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
