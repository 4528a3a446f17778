using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Estafette.Benchmarks.Track;
using Estafette.Testing;

namespace Estafette.Benchmarks.Start;

/// <summary>Seconds from process start to the first page, and memory when nothing happens, of the published program.</summary>
internal static class StartBenchmark
{
    /// <summary>Arguments: path of the program (default artifacts/estafette, made by ./publish).</summary>
    public static async Task RunAsync(string[] args)
    {
        var program = Path.GetFullPath(args is [var path, ..] ? path : "artifacts/estafette");
        if (!File.Exists(program))
            throw new InvalidOperationException($"'{program}' does not exist; run ./publish first.");
        using var directory = new TemporaryDirectory();
        using var client = new HttpClient(new SocketsHttpHandler());
        // The first start creates the database; the second is what a restart costs.
        foreach (var name in new[] { "start.first_seconds", "start.seconds" })
        {
            var port = FreePort();
            var began = Stopwatch.GetTimestamp();
            using var process = Process.Start(
                new ProcessStartInfo(program, ["serve", "--data", directory.Path, "--urls", $"http://127.0.0.1:{port}"])
                {
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                }
            )!;
            _ = process.StandardOutput.ReadToEndAsync();
            await FirstPageAsync(client, port);
            Figure.Print(name, Stopwatch.GetElapsedTime(began).TotalSeconds, "s", 2);
            if (name == "start.seconds")
            {
                await Task.Delay(5000);
                process.Refresh();
                var bare = await Child.RunAsync("bare-idle");
                Figure.Print("start.bare_idle_mb", bare[0], "MB");
                Figure.Print("start.idle_mb", process.WorkingSet64 / 1e6, "MB", 150);
            }
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Prints the megabytes of a web server that answers two addresses and does nothing, compiled like the program.</summary>
    public static async Task BareIdleAsync(string[] args)
    {
        await using var site = await BareSite.StartAsync();
        using (var client = new HttpClient(new SocketsHttpHandler()))
            await client.GetByteArrayAsync(new Uri(site.Url + "/o/1"));
        await Task.Delay(5000);
        Child.Print(Process.GetCurrentProcess().WorkingSet64 / 1e6);
    }

    private static async Task FirstPageAsync(HttpClient client, int port)
    {
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/sign-in"));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) { }
            await Task.Delay(10);
        }
        throw new InvalidOperationException("The first page did not come within ten seconds.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
