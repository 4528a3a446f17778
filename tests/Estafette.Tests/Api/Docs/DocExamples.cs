using System.Diagnostics;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.Docs;

/// <summary>One fenced block of a document.</summary>
/// <param name="Line">The line of its first command, from 1.</param>
/// <param name="Text">The commands.</param>
public sealed record DocExample(int Line, string Text);

/// <summary>What became of an example.</summary>
public sealed record DocResult(DocExample Example, int Code, string Output);

/// <summary>A server behind a recording proxy, on which the examples of docs/api/v1.md were run in their order, in one shell as a reader would.</summary>
public sealed class DocExamples : IAsyncLifetime
{
    private const string Mark = "@@example@@";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private ApiHost _api = null!;
    private RecordingProxy _proxy = null!;

    public ApiHost Api => _api;

    public RecordingProxy Proxy => _proxy;

    public IReadOnlyList<DocResult> Results { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _proxy = await RecordingProxy.StartAsync();
        _api = await ApiHost.StartAsync(DatabaseKind.Sqlite, ("Web:PublicUrl", _proxy.Address.ToString()));
        _proxy.Target = _api.Web.Address;
        await AllowAttachmentsAsync();
        Results = await RunAsync(Read(), await _api.KeyAsync(_api.Customer, ApiScopes.All));
    }

    private async Task AllowAttachmentsAsync()
    {
        await using var scope = _api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        await db.Set<Customer>().Where(c => c.Id == _api.Customer).ExecuteUpdateAsync(set => set.SetProperty(c => c.MayAttach, true));
    }

    /// <summary>The blocks of shell commands of the document; the first says where API and KEY come from.</summary>
    private static List<DocExample> Read()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "api", "v1.md"));
        var examples = new List<DocExample>();
        for (var i = 0; i < lines.Length; i++)
            if (lines[i] is "```" or "```bash")
            {
                var start = i + 1;
                var end = Array.IndexOf(lines, "```", start);
                examples.Add(new DocExample(start + 1, string.Join('\n', lines[start..end])));
                i = end;
            }
        return examples;
    }

    /// <summary>Every block in the same shell: variables of one are there in the next. A call that is refused ends its block with an error.</summary>
    private async Task<List<DocResult>> RunAsync(List<DocExample> examples, string key)
    {
        using var directory = new TemporaryDirectory();
        var script = new List<string>
        {
            "set -o pipefail",
            "curl() { command curl -sS --fail-with-body \"$@\"; }",
            $"cd '{directory.Path}'",
        };
        foreach (var example in examples)
        {
            var text = example.Text.Contains("KEY=key-…", StringComparison.Ordinal)
                ? $"API={_proxy.Address}api/v1\nKEY={key}"
                : example.Text;
            await File.WriteAllTextAsync(directory.File($"{example.Line}.sh"), text + "\n");
            // An alias of errexit that does not end the shell: the trap notes the first command that fails.
            script.Add($"code=0; trap 'code=$?' ERR; . ./{example.Line}.sh; trap - ERR; echo; echo '{Mark}' {example.Line} $code");
        }
        await File.WriteAllLinesAsync(directory.File("all.sh"), script);
        using var process = Process.Start(
            new ProcessStartInfo("bash", [directory.File("all.sh")])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(Limit);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return Split(examples, await output, await errors);
    }

    private static List<DocResult> Split(List<DocExample> examples, string output, string errors)
    {
        var results = new List<DocResult>();
        var rest = output;
        foreach (var example in examples)
        {
            var at = rest.IndexOf($"{Mark} {example.Line} ", StringComparison.Ordinal);
            if (at < 0)
                return [.. results, new DocResult(example, -1, rest + errors)];
            var end = rest.IndexOf('\n', at);
            var code = int.Parse(rest[(at + $"{Mark} {example.Line} ".Length)..end], System.Globalization.CultureInfo.InvariantCulture);
            results.Add(new DocResult(example, code, rest[..at].Trim() + (code == 0 ? "" : errors)));
            rest = rest[(end + 1)..];
        }
        return results;
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _proxy.DisposeAsync();
    }
}
