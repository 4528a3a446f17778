using System.Globalization;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Protocols.Smtp;

namespace Estafette.Web.Sending;

/// <summary>Reads the form of a sending server; ranges and formats are judged by the use case, which tells every fault at once.</summary>
internal static class ServerForm
{
    public static ServerInput Read(ServerKind kind, IFormCollection form) =>
        new()
        {
            Name = Text(form, "Name") ?? "",
            Active = Flag(form, "Active"),
            Priority = Number(form, "Priority") ?? 10,
            Weight = Number(form, "Weight") ?? 1,
            RateCount = Number(form, "RateCount"),
            RateUnit = Enum.TryParse<RateUnit>(Text(form, "RateUnit"), out var unit) ? unit : RateUnit.Second,
            DailyMaximum = Number(form, "DailyMaximum"),
            Connections = Number(form, "Connections") ?? 4,
            InDoubtPolicy = Enum.TryParse<InDoubtPolicy>(Text(form, "InDoubtPolicy"), out var policy) ? policy : InDoubtPolicy.Default,
            Settings = ReadSettings(kind, form),
            Secret = ReadSecret(form),
        };

    private static ServerSettings ReadSettings(ServerKind kind, IFormCollection form)
    {
        var isPrivate = Flag(form, "AllowPrivateAddress");
        var timeout = Number(form, "TimeoutSeconds") ?? 30;
        var baseUrl = Text(form, "BaseUrl");
        return kind switch
        {
            ServerKind.Smtp => new SmtpSettings
            {
                Host = Text(form, "Host") ?? "",
                Port = Number(form, "Port") ?? 587,
                Tls = Enum.TryParse<SmtpTls>(Text(form, "Tls"), out var tls) ? tls : SmtpTls.StartTlsRequired,
                UserName = Text(form, "UserName"),
                AllowPlainTextAuth = Flag(form, "AllowPlainTextAuth"),
                AskReports = Flag(form, "AskReports"),
                AcceptInvalidCertificate = Flag(form, "AcceptInvalidCertificate"),
                LocalName = Text(form, "LocalName"),
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.JsonPost => new JsonPostSettings
            {
                Url = Text(form, "Url") ?? "",
                KeyHeader = Text(form, "KeyHeader") ?? "",
                KeyScheme = Text(form, "KeyScheme") ?? "",
                Body = Text(form, "Body"),
                SuccessStatus = Text(form, "SuccessStatus") ?? "200-299",
                SuccessPath = Text(form, "SuccessPath"),
                SuccessValue = Text(form, "SuccessValue"),
                MessageIdPath = Text(form, "MessageIdPath"),
                ErrorPath = Text(form, "ErrorPath"),
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.SendGrid => new SendGridSettings
            {
                BaseUrl = baseUrl,
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.Mailgun => new MailgunSettings
            {
                Domain = Text(form, "Domain") ?? "",
                Eu = Flag(form, "Eu"),
                BaseUrl = baseUrl,
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.Brevo => new BrevoSettings
            {
                BaseUrl = baseUrl,
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.Mailjet => new MailjetSettings
            {
                BaseUrl = baseUrl,
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            ServerKind.Postmark => new PostmarkSettings
            {
                MessageStream = Text(form, "MessageStream"),
                BaseUrl = baseUrl,
                TimeoutSeconds = timeout,
                AllowPrivateAddress = isPrivate,
            },
            _ => new CaptureSettings { KeepAtMost = Number(form, "KeepAtMost") ?? 10_000 },
        };
    }

    /// <summary>An empty field keeps the stored secret; the box "remove" takes it away.</summary>
    private static ServerSecret? ReadSecret(IFormCollection form) =>
        Flag(form, "RemoveSecret") ? new ServerSecret("")
        : form["Secret"] is [{ Length: > 0 } key, ..]
            ? new ServerSecret(key, form["SecondSecret"] is [{ Length: > 0 } second, ..] ? second : null)
        : null;

    private static string? Text(IFormCollection form, string field) =>
        form[field] is [{ } value, ..] && value.Trim() is { Length: > 0 } text ? text : null;

    private static bool Flag(IFormCollection form, string field) => form[field].Count > 0;

    /// <summary>Null when empty; a text that is no whole number becomes one that every range refuses.</summary>
    private static int? Number(IFormCollection form, string field) =>
        Text(form, field) is not { } text ? null
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value
        : int.MinValue;
}
