using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing.Web;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Pages;

/// <summary>Every page of the route table over real HTTP, with 1 M contacts and 10 M deliveries in the database: p95 per page, held against 100 ms.</summary>
internal static partial class PagesBenchmark
{
    private const int Requests = 20;
    private const string Email = "bench@example.test";
    private const string Password = "une phrase de mesure";
    private static readonly string[] Extra =
    [
        "/contacts?q=personne99",
        "/contacts?list={lists}",
        "/campaigns?q=Campagne",
        "/campaigns/{campaigns}/deliveries?q=personne1",
        "/campaigns/{campaigns}/deliveries?engagement=Opened",
    ];

    /// <summary>Arguments: deliveries (default 10,000,000; contacts are a tenth), then <c>--only=TEXT</c> for pages whose address holds the text.</summary>
    public static async Task RunAsync(string[] args)
    {
        var deliveries = args is [var first, ..] && int.TryParse(first, CultureInfo.InvariantCulture, out var given) ? given : 10_000_000;
        var only = args.FirstOrDefault(a => a.StartsWith("--only=", StringComparison.Ordinal))?[7..];
        await using var host = await WebHost.StartAsync(DatabaseKind.Sqlite);
        var data = new PagesData(host, Math.Max(1000, deliveries / 10), deliveries);
        var began = Stopwatch.GetTimestamp();
        await data.WriteAsync(CancellationToken.None);
        Figure.Print("pages.data_s", Stopwatch.GetElapsedTime(began).TotalSeconds, "s");
        await host.AddUserAsync(data.Customer, Email, UserRole.Administrator, Password);
        using var visitor = host.Visit();
        using (await visitor.SignInAsync(Email, Password)) { }
        var worst = 0.0;
        var unfilled = new List<string>();
        foreach (var route in Routes(host).Concat(Extra).Where(r => only is null || r.Contains(only, StringComparison.Ordinal)))
        {
            if (Fill(route, data.Ids) is not { } address)
            {
                unfilled.Add(route);
                continue;
            }
            var p95 = await MeasureAsync(visitor.Http, address);
            if (p95 is { } milliseconds)
            {
                Figure.Print($"pages.p95_ms {route.Replace(' ', '+')}", milliseconds, "ms", 100);
                worst = Math.Max(worst, milliseconds);
            }
            else
                unfilled.Add(route);
        }
        Figure.Print("pages.p95_ms", worst, "ms", 100);
        if (unfilled.Count > 0)
            Console.WriteLine("Not measured, for want of an object: " + string.Join(' ', unfilled));
    }

    /// <summary>The 95th percentile of the time to the last byte; null when the page does not answer 200.</summary>
    private static async Task<double?> MeasureAsync(HttpClient http, string address)
    {
        var times = new List<double>(Requests);
        for (var i = -2; i < Requests; i++)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(new Uri(address, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            if (!answer.IsSuccessStatusCode)
                return null;
            if (i >= 0)
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        return times[(int)Math.Ceiling(Requests * 0.95) - 1];
    }

    private static IEnumerable<string> Routes(WebHost host) =>
        host
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>The address with its parameters filled from the first word or the parameter's own name; null when there is no such object.</summary>
    private static string? Fill(string route, Dictionary<string, long> ids)
    {
        var missing = false;
        var filled = Parameter()
            .Replace(
                route,
                match =>
                {
                    var name = match.Groups[1].Value;
                    if (ids.TryGetValue(name, out var id) || ids.TryGetValue(route.Split('/')[1], out id))
                        return id.ToString(CultureInfo.InvariantCulture);
                    missing = true;
                    return "";
                }
            );
        return missing ? null : filled;
    }

    [GeneratedRegex(@"\{([A-Za-z]+)[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
