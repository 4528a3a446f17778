using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Tracking;
using Estafette.Testing;
using Estafette.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Inbound;

/// <summary>A campaign that was sent, and the way back to it.</summary>
internal sealed record Sent(ApiHost Api, string Path, IReadOnlyDictionary<string, DeliveryId> Mails) : IAsyncDisposable
{
    public const string Domain = "bounce.example";

    public static async Task<Sent> StartAsync(DatabaseKind kind, params string[] recipients)
    {
        var api = await ApiHost.StartAsync(kind, ("Dns:ReturnDomain", Domain), ("Inbound:Listen", "127.0.0.1:0"));
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", """{"subject":"Bonjour","html":"<h1>Une lettre</h1><p>Du texte à lire.</p>"}""");
        await api.SendAsync("POST", path + "mails/", JsonSerializer.Serialize(recipients.Select(r => new { to = r })));
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        await Eventually.TrueAsync(async () => (await api.SendAsync("GET", path))["status"] == "sent");
        var mails = (await api.SendAsync("GET", path + "mails/")).Json.EnumerateArray();
        var ids = mails.ToDictionary(
            m => m.GetProperty("to").GetString()!,
            m => new DeliveryId(
                long.Parse(m.GetProperty("url").GetString()!.Split('/')[^2], System.Globalization.CultureInfo.InvariantCulture)
            )
        );
        await Eventually.TrueAsync(() => Task.FromResult(Door(api).EndPoint is not null));
        return new Sent(api, path, ids);
    }

    public static InboundDoor Door(ApiHost api) => api.Web.Services.GetRequiredService<InboundDoor>();

    private TrackingTokens Tokens => Api.Web.Services.GetRequiredService<TrackingTokens>();

    public string ReturnOf(string to)
    {
        Span<byte> text = stackalloc byte[100];
        return $"return-{Encoding.ASCII.GetString(text[..Tokens.WriteVerp(text, Mails[to])])}@{Domain}";
    }

    public string UnsubscribeOf(string to)
    {
        Span<byte> text = stackalloc byte[100];
        return $"unsubscribe-{Encoding.ASCII.GetString(text[..Tokens.WriteUnsubscribe(text, Mails[to])])}@{Domain}";
    }

    /// <summary>Hands a message over as another server would; the last reply.</summary>
    public async Task<string> DeliverAsync(string to, string message, string from = "")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Door(Api).EndPoint!);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var reply = await ReplyAsync(reader);
        foreach (var line in new[] { "EHLO far.example", $"MAIL FROM:<{from}>", $"RCPT TO:<{to}>", "DATA" })
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            reply = await ReplyAsync(reader);
            if (reply[0] is '4' or '5')
                return reply;
        }
        await stream.WriteAsync(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n") + "\r\n.\r\n"));
        return await ReplyAsync(reader);
    }

    private static async Task<string> ReplyAsync(StreamReader reader)
    {
        string line;
        do line = await reader.ReadLineAsync() ?? "";
        while (line.Length > 3 && line[3] == '-');
        return line;
    }

    public async Task<string> StatusAsync(string to) =>
        (await Api.SendAsync("GET", $"{Path}mails/{Mails[to]}/")).Json.GetProperty("last_status").GetProperty("status").GetString()!;

    public async Task<string?> OriginAsync(string to) =>
        (await Api.SendAsync("GET", $"/api/v1/customers/{Api.Customer}/opt-outs/?address={Uri.EscapeDataString(to)}"))
            .Json.EnumerateArray()
            .Select(o => o.GetProperty("origin").GetString())
            .SingleOrDefault();

    public async Task FiguresAreTrueAsync()
    {
        var campaign = new CampaignId(long.Parse(Path.Split('/')[^2], System.Globalization.CultureInfo.InvariantCulture));
        (await Recount.RunAsync(campaign, Api.Web.Services.GetRequiredService<Store>(), default)).ShouldBeEmpty();
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    /// <summary>A delivery status notification about one recipient.</summary>
    public static string Dsn(string recipient, string action, string status, string diagnostic) =>
        $"""
            From: MAILER-DAEMON@far.example
            To: <return@bounce.example>
            Subject: Undelivered Mail Returned to Sender
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="B"

            --B
            Content-Type: text/plain

            This is the mail system at host far.example.

            --B
            Content-Type: message/delivery-status

            Reporting-MTA: dns; far.example

            Final-Recipient: rfc822; {recipient}
            Action: {action}
            Status: {status}
            Diagnostic-Code: smtp; {diagnostic}

            --B--
            """;
}
