using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Demo;
using Estafette.Protocols.Bounces;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Inbound;

/// <summary>
/// What comes back: the bounces of the test corpus read on two threads; reports over the real mail door on SQLite, each applied and durable before it is
/// answered; a provider's events, one call each at a fixed rate, and the time to their answers. Senders and server share the machine.
/// </summary>
internal static class InboundBench
{
    private const string Domain = "bounce.example";
    private const long First = 50_000_000;
    private const int CallsPerSecond = 200;
    private const string Password = "postmark:secret";

    public static async Task RunAsync(string[] args)
    {
        var isShort = args.Contains("--short");
        await ReadAsync(TimeSpan.FromSeconds(isShort ? 2 : 8));
        var reports = isShort ? 2_000 : 20_000;
        var calls = CallsPerSecond * (isShort ? 3 : 20);
        await using var web = await WebHost.StartAsync(
            DatabaseKind.Sqlite,
            null,
            ("Dns:BypassChecks", "true"),
            ("Dns:ReturnDomain", Domain),
            ("Inbound:Listen", "127.0.0.1:0"),
            ("Inbound:ConnectionsPerAddress", "100")
        );
        var path = await SeedAsync(web, reports + calls + CallsPerSecond);
        await DoorAsync(web, reports);
        await CallsAsync(web, path, First + reports, CallsPerSecond);
        var latencies = await CallsAsync(web, path, First + reports + CallsPerSecond, calls);
        Figure.Print("inbound.callback.p50", Percentile(latencies, 0.50), "ms");
        Figure.Print("inbound.callback.p99", Percentile(latencies, 0.99), "ms", 50);
        await Eventually.TrueAsync(async () => await CountAsync(web, 7) == reports + calls + CallsPerSecond, TimeSpan.FromMinutes(2));
    }

    private static async Task ReadAsync(TimeSpan time)
    {
        var folder = Repository.File("tests/Estafette.Protocols.Tests/Bounces/Corpus");
        var corpus = Directory
            .GetFiles(folder, "*.eml")
            .Order(StringComparer.Ordinal)
            .Select(f => new ReadOnlyMemory<byte>(File.ReadAllBytes(f)))
            .ToList();
        ReadFor(corpus, TimeSpan.FromSeconds(1));
        var began = Stopwatch.GetTimestamp();
        var read = await Task.WhenAll(Task.Run(() => ReadFor(corpus, time)), Task.Run(() => ReadFor(corpus, time)));
        Figure.Print("inbound.read", read.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds, "messages/s", 10_000);
    }

    private static long ReadFor(List<ReadOnlyMemory<byte>> corpus, TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        var read = 0L;
        while (Stopwatch.GetElapsedTime(began) < time)
            foreach (var message in corpus)
            {
                ReturnedMessage.Read(message);
                read++;
            }
        return read;
    }

    /// <summary>Each report names another delivery; all of them must have bounced at the end.</summary>
    private static async Task DoorAsync(WebHost web, int reports)
    {
        const int Connections = 32;
        var door = web.Services.GetRequiredService<InboundDoor>();
        await Eventually.TrueAsync(() => Task.FromResult(door.EndPoint is not null));
        var tokens = web.Services.GetRequiredService<TrackingTokens>();
        await tokens.EnsureLoadedAsync(default);
        var next = First - 1;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, Connections)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        await using var sender = await Sender.ConnectAsync(door.EndPoint!);
                        while (Interlocked.Increment(ref next) is var id && id < First + reports)
                            await sender.SendAsync(ReturnOf(tokens, id), Report(id));
                    })
                )
        );
        var took = Stopwatch.GetElapsedTime(began);
        if (await CountAsync(web, 7) is var bounced && bounced != reports)
            throw new InvalidOperationException($"{bounced} of {reports} messages have bounced.");
        Figure.Print("inbound.door", reports / took.TotalSeconds, "bounces/s", 10_000);
    }

    private static string ReturnOf(TrackingTokens tokens, long id)
    {
        Span<byte> text = stackalloc byte[100];
        return $"return-{Encoding.ASCII.GetString(text[..tokens.WriteVerp(text, new DeliveryId(id))])}@{Domain}";
    }

    private static string Report(long id) =>
        $"""
            From: MAILER-DAEMON@mx.far.example (Mail Delivery System)
            Subject: Undelivered Mail Returned to Sender
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"

            --b
            Content-Type: text/plain

            This is the mail system at host mx.far.example. Your message could not be delivered to one or more recipients.

            <u{id}@far.example>: host mx2.far.example[192.0.2.7] said: 550 5.1.1 User unknown (in reply to RCPT TO command)

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.far.example
            Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000

            Final-Recipient: rfc822; u{id}@far.example
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mx2.far.example
            Diagnostic-Code: smtp; 550 5.1.1 User unknown

            --b
            Content-Type: text/rfc822-headers

            From: lettre@asso.example
            To: u{id}@far.example
            Subject: Lettre

            --b--
            .

            """.ReplaceLineEndings("\r\n");

    /// <summary>One session that carries message after message.</summary>
    private sealed class Sender(TcpClient client) : IAsyncDisposable
    {
        private readonly StreamReader _reader = new(client.GetStream(), Encoding.ASCII);

        public static async Task<Sender> ConnectAsync(IPEndPoint door)
        {
            var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(door);
            var sender = new Sender(client);
            await sender.ExpectAsync("220");
            await sender.SayAsync("EHLO mx.far.example\r\n", "250");
            return sender;
        }

        public async Task SendAsync(string to, string message)
        {
            await WriteAsync($"MAIL FROM:<>\r\nRCPT TO:<{to}>\r\nDATA\r\n");
            foreach (var code in (string[])["250", "250", "354"])
                await ExpectAsync(code);
            await SayAsync(message, "250");
        }

        private async Task SayAsync(string text, string code)
        {
            await WriteAsync(text);
            await ExpectAsync(code);
        }

        private ValueTask WriteAsync(string text) => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

        private async Task ExpectAsync(string code)
        {
            string line;
            do line = await _reader.ReadLineAsync() ?? throw new EndOfStreamException("The door closed the connection.");
            while (line.Length > 3 && line[3] == '-');
            if (!line.StartsWith(code, StringComparison.Ordinal))
                throw new InvalidOperationException(line);
        }

        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Latencies from the moment a call is due, so that one slow answer is not hidden by those that wait behind it.</summary>
    private static async Task<ConcurrentBag<double>> CallsAsync(WebHost web, string path, long from, int count)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 64 };
        using var http = new HttpClient(handler) { BaseAddress = web.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.ASCII.GetBytes(Password))
        );
        var latencies = new ConcurrentBag<double>();
        var calls = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / CallsPerSecond);
            if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
                await Task.Delay(early);
            calls.Add(CallAsync(from + i, due));
        }
        await Task.WhenAll(calls);
        return latencies;

        async Task CallAsync(long id, TimeSpan due)
        {
            var body =
                $$$"""{"RecordType":"Bounce","ID":{{{id}}},"Type":"HardBounce","MessageID":"m-{{{id}}}","Email":"u{{{id}}}@far.example","BouncedAt":"2026-11-22T10:01:00Z","Details":"550 5.1.1 User unknown","Metadata":{"estafette_id":"{{{id}}}"}}""";
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(path, content);
            answer.EnsureSuccessStatusCode();
            latencies.Add((Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
        }
    }

    /// <summary>Messages that were sent, and a server that has an address for reports; its path.</summary>
    private static async Task<string> SeedAsync(WebHost web, int deliveries)
    {
        await using var scope = web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        var now = TimeProvider.System.GetUtcNow();
        var at = now.ToUnixTimeMilliseconds();
        await using (var write = await db.BeginWriteAsync(default))
        {
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO campaigns (id, customer_id, name, status, created_at, updated_at) VALUES ({First}, {customer.Value}, 'Bench', 4, {at}, {at})"
            );
            await db.Database.ExecuteSqlAsync(
                $"""
                WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value + 1 < {deliveries})
                INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, created_at, status_at, sent_at)
                SELECT {First} + value, {customer.Value}, {First}, 1, 'u' || ({First} + value) || '@far.example', 'u' || ({First} + value) || '@far.example', 2, 0, {at}, {at}, {at} FROM n
                """
            );
            await write.CommitAsync(default);
        }
        var token = $"0123456789abcdef{Guid.CreateVersion7():N}";
        db.Add(
            new SendingServer
            {
                CustomerId = customer,
                Name = "Relay",
                Kind = ServerKind.Smtp,
                Active = false,
                Settings = "{}",
                CreatedAt = now,
                UpdatedAt = now,
                WebhookToken = token,
                ProtectedWebhookSecret = scope.ServiceProvider.GetRequiredService<Secrets>().Protect(Password),
            }
        );
        await db.SaveChangesAsync();
        return $"/api/webhook/postmark/{token}";
    }

    private static async Task<long> CountAsync(WebHost web, int status)
    {
        await using var connection = await web.Services.GetRequiredService<Store>().OpenAsync(default);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM deliveries WHERE id >= {First} AND status = {status}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}
