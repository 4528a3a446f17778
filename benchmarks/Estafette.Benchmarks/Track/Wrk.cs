using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Benchmarks.Track;

/// <summary>The load generator wrk as a child process.</summary>
internal static partial class Wrk
{
    public static bool IsInstalled => File.Exists("/usr/bin/wrk");

    /// <summary>A script that walks over the paths; requests are formatted once.</summary>
    public static string Script(IEnumerable<string> paths)
    {
        var text = new StringBuilder("local r = {}\n");
        text.AppendLine("local h = { [\"User-Agent\"] = \"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\" }");
        text.AppendLine("local p = {}");
        foreach (var path in paths)
            text.AppendLine(CultureInfo.InvariantCulture, $"p[#p+1] = \"{path}\"");
        text.AppendLine("init = function(args) for i = 1, #p do r[i] = wrk.format(\"GET\", p[i], h) end end");
        text.AppendLine("local i = 0");
        text.AppendLine("request = function() i = i % #r + 1; return r[i] end");
        return text.ToString();
    }

    /// <summary>Requests per second over keep-alive connections.</summary>
    public static async Task<double> RunAsync(string url, string script, int connections, int seconds)
    {
        var start = new ProcessStartInfo("/usr/bin/wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "-s", script, url])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        var rate = RateLine().Match(output);
        if (!rate.Success || output.Contains("Non-2xx"))
            throw new InvalidOperationException($"wrk against {url} failed: {output}");
        return double.Parse(rate.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)", RegexOptions.NonBacktracking)]
    private static partial Regex RateLine();
}
