using Estafette.Benchmarks.Api;
using Estafette.Benchmarks.Crash;
using Estafette.Benchmarks.Import;
using Estafette.Benchmarks.Inbound;
using Estafette.Benchmarks.Pages;
using Estafette.Benchmarks.Report;
using Estafette.Benchmarks.Segments;
using Estafette.Benchmarks.Send;
using Estafette.Benchmarks.Start;
using Estafette.Benchmarks.Track;
using Estafette.Testing.Smtp;

// One benchmark per word; each prints lines "name value unit bound ratio".
var benchmarks = new Dictionary<string, Func<string[], Task>>(StringComparer.Ordinal)
{
    ["api"] = ApiBench.RunAsync,
    ["crash"] = CrashBenchmark.RunAsync,
    ["import"] = ImportBenchmark.RunAsync,
    ["inbound"] = InboundBench.RunAsync,
    ["pages"] = PagesBenchmark.RunAsync,
    ["report"] = ReportBench.RunAsync,
    ["segments"] = SegmentsBench.RunAsync,
    ["send"] = SendBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["track"] = TrackBench.RunAsync,
    // Processes that benchmarks start themselves.
    ["import-child"] = ImportBenchmark.ImportChildAsync,
    ["bare-idle"] = StartBenchmark.BareIdleAsync,
    ["send-one"] = SendBenchmark.SendOneAsync,
    ["send-child"] = CrashBenchmark.SendChildAsync,
    ["report-xlsx"] = WorkbookExport.ChildAsync,
    ["sink"] = FakeSmtpSink.RunAsync,
};
if (args is [var name, .. var rest] && benchmarks.TryGetValue(name, out var run))
{
    await run(rest);
    return 0;
}
await Console.Error.WriteLineAsync(
    "Usage: ./bench NAME. Benchmarks: api, crash, import, inbound, pages, report, segments, send, start, track"
);
return 2;
