using System.Diagnostics;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Testing;

namespace Estafette.Benchmarks.Track;

/// <summary>
/// Pixel and redirect of the whole application, events durable, against a bare Kestrel with the same answers in the same run. Load comes
/// from wrk (Debian), which walks over the URLs of many deliveries; rounds alternate and the median of each side is taken.
/// </summary>
internal static class TrackBench
{
    private const int Deliveries = 100_000;
    private const int Urls = Deliveries;
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        if (!Wrk.IsInstalled)
        {
            Console.Error.WriteLine("The track bench needs wrk. Install it: apt-get install wrk");
            return 2;
        }
        var seconds = args.Contains("--short") ? 2 : 5;
        using var directory = new TemporaryDirectory();
        await using var ours = await OurSite.StartAsync(directory.Path, Deliveries);
        await using var bare = await BareSite.StartAsync();
        foreach (var connections in (int[])[64, 6])
        {
            var suffix = connections == 64 ? "" : ".6_connections";
            await CompareAsync("track.pixel" + suffix, directory, ours, bare, ours.PixelUrls(Urls), connections, seconds);
            await CompareAsync("track.click" + suffix, directory, ours, bare, ours.LinkUrls(Urls), connections, seconds);
        }
        await CountAsync(ours);
        MeasureTokens(ours.Tokens);
        return 0;
    }

    private static async Task CompareAsync(
        string line,
        TemporaryDirectory directory,
        OurSite ours,
        BareSite bare,
        List<string> urls,
        int connections,
        int seconds
    )
    {
        var script = directory.File("urls.lua");
        await File.WriteAllTextAsync(script, Wrk.Script(urls));
        await Wrk.RunAsync(bare.Url, script, connections, 1);
        await Wrk.RunAsync(ours.Url, script, connections, 2);
        var (bound, reached) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            bound.Add(await Wrk.RunAsync(bare.Url, script, connections, seconds));
            reached.Add(await Wrk.RunAsync(ours.Url, script, connections, seconds));
        }
        Figure.Print(line, Median(reached), "requests/s", Median(bound));
    }

    private static async Task CountAsync(OurSite ours)
    {
        var started = Stopwatch.GetTimestamp();
        var counted = await ours.CountAllAsync();
        Figure.Print("track.counted", counted / Stopwatch.GetElapsedTime(started).TotalSeconds, "events/s");
        var events = await ours.EventsAsync();
        Console.Error.WriteLine(
            $"{ours.Appended} events journalled, {events} stored, {ours.Appended - events} over the limit of {Engagement.MaxEvents} per delivery"
        );
    }

    private static void MeasureTokens(TrackingTokens tokens)
    {
        Span<byte> text = stackalloc byte[TrackingToken.MaxChars];
        const int count = 200_000;
        for (var round = 0; round < 2; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
                tokens.Write(text, TokenPurpose.Click, i, new ContentId(7), i & 15);
            if (round == 1)
                Figure.Print("track.token", Stopwatch.GetElapsedTime(started).TotalNanoseconds / count, "ns");
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
