using Estafette.Core.Platform.Net;
using Estafette.Protocols.Smtp;

namespace Estafette.Core.Channels.Smtp;

/// <summary>Speaks to one SMTP relay; each slot is one connection kept between messages.</summary>
internal sealed class SmtpSender : ISender
{
    private readonly SmtpClientOptions _options;
    private readonly SmtpSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Action<SmtpTranscriptLine>? _transcript;

    public SmtpSender(
        SmtpSettings settings,
        ServerSecret? secret,
        NetworkOptions network,
        TimeProvider clock,
        Action<DialogueLine>? dialogue
    )
    {
        (_settings, _clock) = (settings, clock);
        var allowPrivate = settings.AllowPrivateAddress && network.AllowPrivateAddresses;
        _transcript = dialogue is null ? null : line => dialogue(new DialogueLine(line.FromServer, line.Text));
        _options = new SmtpClientOptions
        {
            Host = settings.Host,
            Port = settings.Port,
            Tls = settings.Tls,
            AcceptInvalidCertificate = settings.AcceptInvalidCertificate,
            Username = string.IsNullOrEmpty(settings.UserName) ? null : settings.UserName,
            Password = secret?.Key,
            AuthMechanisms = settings.AuthMechanisms,
            AllowPlainTextAuth = settings.AllowPlainTextAuth,
            LocalName = string.IsNullOrEmpty(settings.LocalName) ? null : settings.LocalName,
            Timeouts = new SmtpTimeouts { Connect = network.ConnectTimeout },
            AddressAllowed = address => AddressGuard.Allows(address, allowPrivate),
            TimeProvider = clock,
        };
    }

    public MessageForm Form => MessageForm.Mime;

    /// <summary>Deadlines of the phases; tests shorten them before the first slot is opened.</summary>
    internal SmtpTimeouts Timeouts { get; init; } = new();

    public ISenderSlot OpenSlot() =>
        new SmtpSenderSlot(
            _options with
            {
                Timeouts = Timeouts with { Connect = _options.Timeouts.Connect },
            },
            _settings.MessagesPerConnection,
            _settings.AskReports,
            _clock,
            _transcript
        );

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
