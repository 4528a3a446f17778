using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Api;

/// <summary>
/// Intake over HTTP on SQLite, durable before the answer: single mails that arrive at a fixed rate whatever the answers take (POST /v3/mail/send, each with a
/// text of its own), and recipients in batches of 10,000 (API v1). Caller and server share the machine; the mails are planned for later, so that only intake
/// is measured.
/// </summary>
internal static class ApiBench
{
    private const int PerSecond = 500;
    private const int Batches = 5;
    private const int BatchSize = 10_000;

    public static async Task RunAsync(string[] args)
    {
        var seconds = args.Contains("--short") ? 5 : 20;
        await using var web = await WebHost.StartAsync(DatabaseKind.Sqlite, null, ("Dns:BypassChecks", "true"));
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = web.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await KeyAsync(web));
        await SendAsync(http, 4);
        var used = Environment.CpuUsage.TotalTime;
        var took = await SendAsync(http, seconds);
        used = Environment.CpuUsage.TotalTime - used;
        Figure.Print("api.mail.rate", took.Latencies.Count / took.Duration.TotalSeconds, "mails/s", PerSecond);
        Figure.Print("api.mail.cpu", used.TotalMilliseconds / took.Latencies.Count, "ms");
        Figure.Print("api.mail.p50", Percentile(took.Latencies, 0.50), "ms");
        Figure.Print("api.mail.p99", Percentile(took.Latencies, 0.99), "ms", 50);
        Figure.Print("api.batch", await BatchesAsync(http), "recipients/s", 5000);
    }

    /// <summary>Latencies are counted from the moment a call is due, so that one slow answer is not hidden by those that wait behind it.</summary>
    private static async Task<(ConcurrentBag<double> Latencies, TimeSpan Duration)> SendAsync(HttpClient http, int seconds)
    {
        var latencies = new ConcurrentBag<double>();
        var calls = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < seconds * PerSecond; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PerSecond);
            if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
                await Task.Delay(early);
            calls.Add(CallAsync(http, i, began, due, latencies));
        }
        await Task.WhenAll(calls);
        return (latencies, Stopwatch.GetElapsedTime(began));
    }

    private static async Task CallAsync(HttpClient http, int number, long began, TimeSpan due, ConcurrentBag<double> latencies)
    {
        using var answer = await http.PostAsync("/v3/mail/send", new StringContent(Mail(number), Encoding.UTF8, "application/json"));
        if ((int)answer.StatusCode != 202)
            throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        latencies.Add((Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
    }

    private static string Mail(int number) =>
        JsonSerializer.Serialize(
            new
            {
                personalizations = new[]
                {
                    new
                    {
                        to = new[] { new { email = $"p{number}@r.test", name = "Personne" } },
                        custom_args = new { order = $"{number}" },
                    },
                },
                from = new { email = "shop@asso.example", name = "Boutique" },
                subject = $"Votre commande {number}",
                send_at = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds(),
                categories = new[] { "order" },
                content = new[]
                {
                    new { type = "text/plain", value = $"Bonjour, votre commande {number} est partie." },
                    new
                    {
                        type = "text/html",
                        value = $"<p>Bonjour, votre commande {number} est partie.</p>"
                            + string.Concat(Enumerable.Repeat("<p>Une ligne de texte.</p>", 60)),
                    },
                },
            }
        );

    private static async Task<double> BatchesAsync(HttpClient http)
    {
        using var created = await http.PostAsync(
            "/api/v1/campaigns/",
            new StringContent(
                """{"name":"Bench","sender_email":"lettre@asso.example","sender_name":"Asso"}""",
                Encoding.UTF8,
                "application/json"
            )
        );
        using var campaign = JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        var path = new Uri(campaign.RootElement.GetProperty("url").GetString()!).AbsolutePath + "mails/";
        var bodies = Enumerable
            .Range(0, Batches)
            .Select(b =>
                JsonSerializer.Serialize(
                    Enumerable.Range(0, BatchSize).Select(i => new { to = $"b{b}p{i}@r.test", properties = new { prenom = "Ana" } })
                )
            )
            .ToList();
        var began = Stopwatch.GetTimestamp();
        foreach (var body in bodies)
        {
            using var answer = await http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
            answer.EnsureSuccessStatusCode();
        }
        return Batches * BatchSize / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<string> KeyAsync(WebHost web)
    {
        await using var scope = web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        return (
            await ApiKeys.CreateAsync(new Actor(customer, "bench"), new NewApiKey("Bench", ApiScopes.All), db, TimeProvider.System, default)
        ).Key!;
    }

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}
