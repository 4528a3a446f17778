using Estafette.Benchmarks.Report;
using Estafette.Benchmarks.Send;
using Estafette.Benchmarks.Track;

// One benchmark per word; each prints lines "name value unit bound ratio".
var benchmarks = new Dictionary<string, Func<string[], Task>>(StringComparer.Ordinal)
{
    ["send"] = SendBenchmark.RunAsync,
    ["report"] = ReportBench.RunAsync,
    ["track"] = TrackBench.RunAsync,
};
if (args is [var name, .. var rest] && benchmarks.TryGetValue(name, out var run))
{
    await run(rest);
    return 0;
}
await Console.Error.WriteLineAsync($"Usage: ./bench NAME. Benchmarks: {string.Join(", ", benchmarks.Keys)}");
return 2;
