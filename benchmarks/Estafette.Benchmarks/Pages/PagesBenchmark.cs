using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Pages;

/// <summary>Every page of the route table over real HTTP, with 1 M contacts and 10 M deliveries in the database: p95 per page, held against 100 ms.</summary>
internal static partial class PagesBenchmark
{
    private const int Requests = 20;

    /// <summary>What a person asks of a page besides opening it; {ids} are filled as in routes.</summary>
    private static readonly string[] Extra =
    [
        "/campaigns?q=Campagne+7",
        "/campaigns?sort=-audience",
        "/campaigns?status=Finished",
        "/campaigns/calendar?view=week",
        "/campaigns/compare?id={campaigns}&id={paused}",
        "/campaigns/{campaigns}/report?part=links",
        "/campaigns/{campaigns}/report?part=zones",
        "/campaigns/{campaigns}/report?part=devices",
        "/campaigns/{campaigns}/report?part=domains",
        "/campaigns/{campaigns}/report?part=errors",
        "/campaigns/{paused}",
        "/campaigns/{paused}/live",
        "/campaigns/{paused}/deliveries",
        "/campaigns/{campaigns}/deliveries?q=personne1",
        "/campaigns/{campaigns}/deliveries?q=personne",
        "/campaigns/{campaigns}/deliveries?q=nobody",
        "/campaigns/{campaigns}/deliveries?status=reached",
        "/campaigns/{campaigns}/deliveries?status=failed",
        "/campaigns/{campaigns}/deliveries?status=opened",
        "/campaigns/{campaigns}/deliveries?status=clicked",
        "/campaigns/{campaigns}/deliveries?status=complained",
        "/campaigns/{campaigns}/deliveries?domain=exemple7.test",
        "/campaigns/{campaigns}/deliveries?domain=exemple7.test&status=failed",
        "/campaigns/{campaigns}/deliveries?provider=Google",
        "/campaigns/{campaigns}/deliveries?server={servers}",
        "/campaigns/{campaigns}/deliveries?cause=1",
        "/campaigns/{campaigns}/deliveries?attempts=2",
        "/contacts?q=personne99",
        "/contacts?q=Nom12",
        "/contacts?q=exemple7.test",
        "/contacts?q=nobody",
        "/contacts?list={lists}",
        "/contacts?list={everybody}",
        "/contacts?list={everybody}&status=Unsubscribed",
        "/contacts?list={everybody}&q=personne99",
        "/contacts?list={lists}&q=nobody",
        "/contacts?sort=-created",
        "/contacts?sort=-email",
        "/contacts?list={everybody}&sort=-created",
        "/campaigns/{campaigns}/deliveries?sort=-status",
        "/campaigns/{campaigns}/deliveries?sort=-opened",
        "/campaigns/{campaigns}/deliveries?sort=-address",
        "/campaigns/{Id:long}/launch?count=all",
        "/lists/{everybody}",
        "/suppressions?q=parti1",
        "/outbox?q=personne99",
        "/media?q=Image",
        "/automations/{automations}/people?status=Active",
        "/automations/{automations}/people?q=personne99",
        "/settings/audit?q=campaign",
        "/search?q=personne99",
        "/search?q=Nom12",
        "/search?q=Campagne",
    ];

    /// <summary>A count that a page asks for once it stands; it is held against the bound of segments.</summary>
    private static bool IsCount(string route) =>
        route.EndsWith("/audience", StringComparison.Ordinal) || route.EndsWith("count=all", StringComparison.Ordinal);

    /// <summary>
    /// Arguments: deliveries (default 10,000,000; contacts are a tenth), <c>--data=DIRECTORY</c> to keep what was generated and use it again,
    /// <c>--only=TEXT</c> for pages whose address holds the text. <c>--slow=MILLISECONDS</c> prints slower statements.
    /// Each page is asked twice, then twenty times.
    /// </summary>
    public static async Task RunAsync(string[] args)
    {
        var deliveries = args is [var first, ..] && int.TryParse(first, CultureInfo.InvariantCulture, out var given) ? given : 10_000_000;
        var only = Option(args, "--only=");
        using var temporary = Option(args, "--data=") is null ? new TemporaryDirectory() : null;
        var directory = Option(args, "--data=") ?? temporary!.Path;
        var began = Stopwatch.GetTimestamp();
        var ids = await new PagesData(directory, deliveries).WriteAsync(CancellationToken.None);
        Figure.Print("pages.data_s", Stopwatch.GetElapsedTime(began).TotalSeconds, "s");
        await using var host = await WebHost.StartAsync(DatabaseKind.Sqlite, directory);
        using var visitor = host.Visit();
        using (await visitor.SignInAsync(PagesData.Email, PagesData.Password)) { }
        var slow = Option(args, "--slow=") is { } bound ? new SlowStatements(double.Parse(bound, CultureInfo.InvariantCulture)) : null;
        using var watch = slow is null ? null : DiagnosticListener.AllListeners.Subscribe(slow);
        var worst = 0.0;
        var unfilled = new List<string>();
        foreach (var route in Routes(host).Concat(Extra).Where(r => only is null || r.Contains(only, StringComparison.Ordinal)))
        {
            var p95 = Fill(route, ids) is { } address ? await MeasureAsync(visitor.Http, address) : null;
            if (p95 is { } found)
            {
                var counts = IsCount(route);
                Figure.Print($"pages.p95_ms {route}", found.P95, "ms", counts ? 500 : 100);
                Figure.Print($"pages.fastest_ms {route}", found.Fastest, "ms");
                worst = counts ? worst : Math.Max(worst, found.P95);
            }
            else
                unfilled.Add(route);
            foreach (var line in slow?.Take() ?? [])
                Console.WriteLine(line);
        }
        Figure.Print("pages.p95_ms", worst, "ms", 100);
        if (unfilled.Count > 0)
            Console.WriteLine("Not measured, for want of an object or a page: " + string.Join(' ', unfilled));
        foreach (var error in host.Errors.Take(3))
            Console.WriteLine(error);
    }

    private static string? Option(string[] args, string name) =>
        args.FirstOrDefault(a => a.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    /// <summary>The 95th percentile of the time to the last byte, and the least that a busy machine let it take; null when the page does not answer 200.</summary>
    private static async Task<(double P95, double Fastest)?> MeasureAsync(HttpClient http, string address)
    {
        var times = new List<double>(Requests);
        for (var i = -2; i < Requests; i++)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync(new Uri(address, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            if (!answer.IsSuccessStatusCode)
                return null;
            // A page this slow is known after a few.
            if (i >= 2 && times.Sum() > 5000)
                break;
            if (i >= 0)
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        return (times[(int)Math.Ceiling(times.Count * 0.95) - 1], times[0]);
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
                    if (ids.TryGetValue(name, out var id) || name == "Id" && ids.TryGetValue(Kind(route), out id))
                        return id.ToString(CultureInfo.InvariantCulture);
                    missing = true;
                    return "";
                }
            );
        return missing ? null : filled;
    }

    // "/settings/users/{Id}" is of users, "/automations/{Id}/people" of automations.
    private static string Kind(string route) => route[..route.IndexOf('{', StringComparison.Ordinal)].TrimEnd('/').Split('/')[^1];

    [GeneratedRegex(@"\{([A-Za-z]+)[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
