using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Security.Cryptography;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Campaigns;
using Estafette.Testing.Smtp;

namespace Estafette.Benchmarks.Send;

/// <summary>Campaigns end to end into a sink: personalised, tracked, every delivery and attempt durable.</summary>
internal static class SendBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var count = args is [var first, ..] ? Number(first) : 100_000;
        var only = args is [_, var second, ..] ? second : "";
        await using var sink = await SmtpSink.StartAsync();
        var bound = await sink.BoundAsync(Math.Min(count, 50_000));
        Figure.Print("send.smtp-source", bound, "msg/s");
        // The same generator with messages of our size: text part, quoted-printable and tracking links make 5 kB of HTML larger on the wire.
        var bytes = await MessageBytesAsync();
        Figure.Print("send.message_bytes", bytes, "bytes");
        Figure.Print("send.smtp-source.same_bytes", await sink.BoundAsync(Math.Min(count, 50_000), bytes), "msg/s");
        Figure.Print("send.rsa", RsaBound(), "signatures/s");
        var peak = 0d;
        foreach (var size in new[] { count / 10, count })
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        foreach (var variant in new[] { "plain", "untracked", "dkim" })
        {
            var name = $"send.{(kind == DatabaseKind.Sqlite ? "sqlite" : "postgres")}.{variant}{(size < count ? ".tenth" : "")}";
            if (!name.Contains(only, StringComparison.Ordinal))
                continue;
            // A process of its own, so that its peak memory is that of one campaign.
            var figures = await Child.RunAsync("send-one", $"{kind}", variant, $"{size}", $"{sink.Port}");
            Figure.Print(name, figures[0], "msg/s", bound);
            Figure.Print(name + ".cpu", figures[1], "us/msg");
            peak = Math.Max(peak, figures[2]);
        }
        Figure.Print("send.peak_mb", peak, "MB", 250);
    }

    /// <summary>Sends one campaign and prints messages per second, microseconds of processor time per message and peak megabytes.</summary>
    public static async Task SendOneAsync(string[] args)
    {
        var (kind, count, port) = (Enum.Parse<DatabaseKind>(args[0]), Number(args[2]), Number(args[3]));
        var (rate, cpu) = await MeasureAsync(kind, args[1], count, port);
        Child.Print(rate, cpu, Process.GetCurrentProcess().PeakWorkingSet64 / 1e6);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>RSA-2048 signatures per second with every processor, nothing else running: what signing alone allows.</summary>
    private static double RsaBound()
    {
        var hash = RandomNumberGenerator.GetBytes(32);
        var signed = 0;
        var began = Stopwatch.GetTimestamp();
        Parallel.For(
            0,
            Environment.ProcessorCount,
            _ =>
            {
                using var rsa = RSA.Create(2048);
                while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3))
                {
                    rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                    Interlocked.Increment(ref signed);
                }
            }
        );
        return signed / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Bytes of one message as it goes over the wire.</summary>
    private static async Task<int> MessageBytesAsync()
    {
        await using var server = FakeSmtpServer.Start();
        await MeasureAsync(DatabaseKind.Sqlite, "plain", 20, server.Port);
        return (int)server.Messages.Average(m => m.Bytes.Length);
    }

    private static async Task<(double Rate, double Cpu)> MeasureAsync(DatabaseKind kind, string variant, int count, int port)
    {
        await using var app = await TestApplication.StartAsync(
            kind,
            new TestSetup
            {
                Clock = TimeProvider.System,
                Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Network:AllowPrivateAddresses"] = "true" },
            }
        );
        var scenario = new CampaignScenario(app);
        var list = await scenario.AddContactsAsync(count);
        var server = await scenario.AddSmtpAsync("sink", port);
        if (variant == "dkim")
            await scenario.AddDkimAsync();
        await app.StartAsync<CampaignExpander>();
        var tracking = variant == "untracked" ? TrackingLevel.None : TrackingLevel.Individual;
        await WarmUpAsync(app, scenario, server, tracking);
        var campaign = await scenario.AddCampaignAsync(list, [server], Newsletter.Html, tracking);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var began = Stopwatch.GetTimestamp();
        await SendAsync(app, scenario, campaign, count);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return (count / seconds, spent.TotalMicroseconds / count);
    }

    /// <summary>A server that runs for months is measured, not its first second: what the setup and a first small campaign run often is compiled before.</summary>
    private static async Task WarmUpAsync(TestApplication app, CampaignScenario scenario, ServerId server, TrackingLevel tracking)
    {
        const int people = 2000;
        var list = await scenario.AddContactsAsync(people, "warm");
        await SendAsync(app, scenario, await scenario.AddCampaignAsync(list, [server], Newsletter.Html, tracking), people);
        TimeSpan compiled;
        do
        {
            compiled = JitInfo.GetCompilationTime();
            await Task.Delay(500);
        } while (JitInfo.GetCompilationTime() - compiled > TimeSpan.FromMilliseconds(20));
    }

    private static async Task SendAsync(TestApplication app, CampaignScenario scenario, CampaignId campaign, int count)
    {
        await scenario.LaunchAsync(campaign);
        var summary = await app.Get<DeliveryEngine>().RunAsync(only: null, once: true, default);
        var statuses = await scenario.StatusesAsync(campaign);
        if (summary!.Sent != count || statuses.GetValueOrDefault((int)DeliveryStatus.Sent) != count)
            throw new InvalidOperationException(
                $"{count} expected, {summary.Sent} sent, {summary.Failed} failed; statuses {string.Join(' ', statuses.Select(s => $"{(DeliveryStatus)s.Key}={s.Value}"))}"
            );
    }
}
