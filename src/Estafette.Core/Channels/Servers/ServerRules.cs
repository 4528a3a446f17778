using System.Net;
using Estafette.Core.Channels.Http;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Protocols.Mime;
using Estafette.Protocols.Smtp;

namespace Estafette.Core.Channels;

/// <summary>What must hold for a sending server; every fault is told at once, by field.</summary>
internal static class ServerRules
{
    private const int MaxName = 100;

    /// <summary>Checks an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="hasSecret">A secret is stored already.</param>
    /// <param name="network">What the installation permits.</param>
    public static Faults Check(ServerInput input, bool hasSecret, NetworkOptions network)
    {
        var faults = new Faults();
        CheckCommon(input, faults);
        if (input.Settings.AllowPrivateAddress && !network.AllowPrivateAddresses)
            faults.Add(nameof(ServerSettings.AllowPrivateAddress), ChannelTexts.Get("private.installation"));
        var keeps = input.Secret is null ? hasSecret : input.Secret.Key.Length > 0;
        switch (input.Settings)
        {
            case CaptureSettings capture:
                Range(faults, nameof(capture.KeepAtMost), capture.KeepAtMost, 1, 1_000_000);
                break;
            case SmtpSettings smtp:
                CheckSmtp(smtp, keeps, faults, network);
                break;
            case JsonPostSettings generic:
                CheckUrl(faults, nameof(generic.Url), generic.Url, generic, network);
                CheckGeneric(generic, faults);
                break;
            case PresetSettings preset:
                CheckPreset(preset, keeps, input.Secret, faults, network);
                break;
        }
        return faults;
    }

    private static void CheckCommon(ServerInput input, Faults faults)
    {
        var name = input.Name.Trim();
        faults.Require(name.Length > 0, nameof(input.Name), ChannelTexts.Get("name.missing"));
        faults.Require(name.Length <= MaxName, nameof(input.Name), ChannelTexts.Get("name.long", MaxName));
        Range(faults, nameof(input.Priority), input.Priority, 0, 1000);
        Range(faults, nameof(input.Weight), input.Weight, 1, 100);
        Range(faults, nameof(input.Connections), input.Connections, 1, 100);
        Range(faults, nameof(input.RateCount), input.RateCount ?? 1, 1, 1_000_000);
        Range(faults, nameof(input.DailyMaximum), input.DailyMaximum ?? 1, 1, 1_000_000_000);
        var secret = $"{input.Secret?.Key}{input.Secret?.Second}";
        faults.Require(!secret.Any(char.IsControl), nameof(input.Secret), ChannelTexts.Get("secret.wrong"));
    }

    private static void CheckSmtp(SmtpSettings smtp, bool hasSecret, Faults faults, NetworkOptions network)
    {
        Range(faults, nameof(smtp.Port), smtp.Port, 1, 65535);
        Range(faults, nameof(smtp.MessagesPerConnection), smtp.MessagesPerConnection, 1, 1_000_000);
        var signsIn = !string.IsNullOrEmpty(smtp.UserName);
        faults.Require(signsIn || !hasSecret, nameof(smtp.UserName), ChannelTexts.Get("user.missing"));
        faults.Require(!signsIn || hasSecret, nameof(ServerInput.Secret), ChannelTexts.Get("password.missing"));
        faults.Require(
            !signsIn || (smtp.AuthMechanisms & SmtpAuthMechanisms.All) != SmtpAuthMechanisms.None,
            nameof(smtp.AuthMechanisms),
            ChannelTexts.Get("auth.none")
        );
        if (smtp.Host.Trim().Length == 0)
            faults.Add(nameof(smtp.Host), ChannelTexts.Get("host.missing"));
        else
            CheckHost(faults, nameof(smtp.Host), smtp.Host, smtp, network);
        if (!string.IsNullOrEmpty(smtp.LocalName) && Uri.CheckHostName(smtp.LocalName) == UriHostNameType.Unknown)
            faults.Add(nameof(smtp.LocalName), ChannelTexts.Get("host.wrong"));
    }

    private static void CheckGeneric(JsonPostSettings generic, Faults faults)
    {
        if (!string.IsNullOrWhiteSpace(generic.Body) && !JsonTemplate.TryParse(generic.Body, out _, out var wrong))
            faults.Add(nameof(generic.Body), ChannelTexts.Get("body.wrong", wrong!));
        faults.Require(StatusRange.TryParse(generic.SuccessStatus, out _), nameof(generic.SuccessStatus), ChannelTexts.Get("status.wrong"));
        if (!string.IsNullOrWhiteSpace(generic.KeyHeader))
            CheckHeader(faults, nameof(generic.KeyHeader), generic.KeyHeader, generic.KeyScheme);
        foreach (var (name, value) in generic.Headers)
            CheckHeader(faults, nameof(generic.Headers), name, value);
        CheckPointer(faults, nameof(generic.SuccessPath), generic.SuccessPath);
        CheckPointer(faults, nameof(generic.ErrorPath), generic.ErrorPath);
        if (generic.MessageIdPath?.StartsWith("header:", StringComparison.OrdinalIgnoreCase) != true)
            CheckPointer(faults, nameof(generic.MessageIdPath), generic.MessageIdPath);
    }

    private static void CheckHeader(Faults faults, string field, string name, string value)
    {
        if (!MimeHeaders.IsFieldName(name))
            faults.Add(field, ChannelTexts.Get("header.name", name));
        else if (!MimeHeaders.TryValidateHeaderValue(value, out var error))
            faults.Add(field, ChannelTexts.Get("header.value", name, error!));
        else if (!PlaceholderText.TryParse(value, out _, out var wrong))
            faults.Add(field, ChannelTexts.Get("header.value", name, wrong!));
    }

    private static void CheckPreset(PresetSettings preset, bool hasSecret, ServerSecret? secret, Faults faults, NetworkOptions network)
    {
        faults.Require(hasSecret, nameof(ServerInput.Secret), ChannelTexts.Get("key.missing"));
        if (preset is MailjetSettings && secret is { Key.Length: > 0 } && string.IsNullOrEmpty(secret.Second))
            faults.Add(nameof(ServerInput.Secret), ChannelTexts.Get("second.missing"));
        if (
            preset is MailgunSettings mailgun
            && (!mailgun.Domain.Contains('.') || Uri.CheckHostName(mailgun.Domain) != UriHostNameType.Dns)
        )
            faults.Add(nameof(mailgun.Domain), ChannelTexts.Get("domain.wrong"));
        CheckUrl(faults, nameof(preset.BaseUrl), preset.Endpoint, preset, network);
    }

    private static void CheckUrl(Faults faults, string field, string url, HttpSettings settings, NetworkOptions network)
    {
        Range(faults, nameof(settings.TimeoutSeconds), settings.TimeoutSeconds, 1, 120);
        if (
            !Uri.TryCreate(url.Trim(), UriKind.Absolute, out var parsed)
            || (parsed.Scheme != Uri.UriSchemeHttps && parsed.Scheme != Uri.UriSchemeHttp)
            || parsed.UserInfo.Length > 0
            || parsed.Host.Length == 0
        )
        {
            faults.Add(field, ChannelTexts.Get("url.wrong"));
            return;
        }
        CheckHost(faults, field, parsed.Host, settings, network);
        if (!settings.AllowPrivateAddress && !network.AllowsHttpPort(parsed.Port))
            faults.Add(field, ChannelTexts.Get("url.port", parsed.Port));
    }

    // A name is judged again, by its addresses, at every connection.
    private static void CheckHost(Faults faults, string field, string host, ServerSettings settings, NetworkOptions network)
    {
        host = host.Trim().Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            faults.Add(field, ChannelTexts.Get("host.wrong"));
        else if (IPAddress.TryParse(host, out var address))
        {
            var reach = AddressGuard.Judge(address);
            faults.Require(reach != AddressReach.Never, field, ChannelTexts.Get("address.never"));
            if (reach == AddressReach.Private && !(settings.AllowPrivateAddress && network.AllowPrivateAddresses))
                faults.Add(field, ChannelTexts.Get("address.refused"));
        }
    }

    private static void CheckPointer(Faults faults, string field, string? pointer) =>
        faults.Require(string.IsNullOrEmpty(pointer) || JsonPointer.IsPointer(pointer), field, ChannelTexts.Get("pointer.wrong"));

    private static void Range(Faults faults, string field, int value, int from, int to) =>
        faults.Require(value >= from && value <= to, field, ChannelTexts.Get("range", from, to));
}

/// <summary>Hosts of providers that have a preset.</summary>
public static class ProviderHosts
{
    private static readonly (string Domain, ServerKind Kind)[] Known =
    [
        ("sendgrid.com", ServerKind.SendGrid),
        ("mailgun.net", ServerKind.Mailgun),
        ("brevo.com", ServerKind.Brevo),
        ("sendinblue.com", ServerKind.Brevo),
        ("mailjet.com", ServerKind.Mailjet),
        ("postmarkapp.com", ServerKind.Postmark),
    ];

    /// <summary>The preset to propose for a URL given to a generic server; null when its host is nobody we know.</summary>
    public static ServerKind? Propose(string url) =>
        Uri.TryCreate(url.Trim(), UriKind.Absolute, out var parsed)
            ? Known
                .Where(k => parsed.IdnHost == k.Domain || parsed.IdnHost.EndsWith("." + k.Domain, StringComparison.OrdinalIgnoreCase))
                .Select(k => (ServerKind?)k.Kind)
                .FirstOrDefault()
            : null;
}
