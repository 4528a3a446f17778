using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Estafette.Protocols.Dns;
using Estafette.Testing;
using Estafette.Testing.Dns;

namespace Estafette.EndToEnd.Cli;

/// <summary><c>estafette inspect</c> as the built program: every example of docs/inspect.md, and a long stream with bad lines.</summary>
[Trait("Category", "EndToEnd")]
public sealed class InspectTests : IAsyncLifetime
{
    private const string DocumentedDns = "127.0.0.1:5353";

    private static readonly string Program =
        Environment.GetEnvironmentVariable("ESTAFETTE_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "estafette");

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeDnsServer _dns = FakeDnsServer
        .Start()
        .Add("example.org", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all")
        .Add("_spf.example.net", DnsRecordType.Txt, "v=spf1 ip4:198.51.100.7 -all")
        .Add(
            "brisbane._domainkey.football.example.com",
            DnsRecordType.Txt,
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>With UPDATE_DOCS=1 the answers of the page are written anew.</summary>
    [Fact]
    public async Task Every_example_of_the_page_gives_what_it_says()
    {
        var page = Repository.File("docs/inspect.md");
        var blocks = Blocks(await File.ReadAllLinesAsync(page));
        var commands = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Info.Split(' ') is [_, var name])
                await File.WriteAllTextAsync(_folder.File(name), blocks[i].Body + "\n");
            if (blocks[i].Info != "sh")
                continue;
            commands++;
            var given = await ShellAsync(blocks[i].Body.Replace(DocumentedDns, _dns.EndPoint.ToString(), StringComparison.Ordinal));
            if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
                blocks[i + 1] = blocks[i + 1] with { Body = given.Output.TrimEnd('\n') };
            else
                given.Output.TrimEnd('\n').ShouldBe(blocks[i + 1].Body, blocks[i].Body + given.Error);
        }
        commands.ShouldBeGreaterThanOrEqualTo(20);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(page, string.Join('\n', blocks.Select(b => b.Text)) + "\n");
    }

    [Fact]
    public async Task Thousands_of_lines_with_bad_ones_between_are_answered_in_order()
    {
        const int lines = 5000;
        var input = new StringBuilder();
        for (var i = 0; i < lines; i++)
            input.Append(LineOf(i)).Append('\n');
        var given = await RunAsync(input.ToString(), "inspect", "address", "--ndjson");
        given.ExitCode.ShouldBe(0);
        given.Error.ShouldBeEmpty();
        var answers = given.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        answers.Length.ShouldBe(lines);
        for (var i = 0; i < lines; i++)
            CheckAnswer(i, JsonDocument.Parse(answers[i]).RootElement);
    }

    [Fact]
    public async Task An_answer_comes_before_the_next_line_is_written()
    {
        using var process = Start("inspect", "sms", "--ndjson");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var i = 0; i < 3; i++)
        {
            await process.StandardInput.WriteAsync($$"""{"id":{{i}},"input":"x"}""" + "\n");
            await process.StandardInput.FlushAsync(patience.Token);
            (await process.StandardOutput.ReadLineAsync(patience.Token)).ShouldBe(
                $$$"""{"id":{{{i}}},"result":{"encoding":"gsm7","units":1,"parts":1}}"""
            );
        }
        process.StandardInput.Close();
        (await EstafetteProcess.EndOfAsync(process)).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_that_has_enough_ends_an_endless_run_without_a_word()
    {
        var given = await ShellAsync(
            """set -o pipefail; { yes '{"id":1,"input":"a@example.org"}' || true; } 2>/dev/null | { estafette inspect address --ndjson; echo "ended $?" >&2; } | head -2"""
        );
        given.Output.Split('\n').Length.ShouldBe(3);
        given.Error.Trim().ShouldBe("ended 0");
    }

    private static string LineOf(int i) =>
        (i % 10) switch
        {
            3 => "{\"id\":" + i,
            4 => $$$"""{"id":{{{i}}},"input":{"no":"text"}}""",
            5 => $$"""{"id":{{i}},"input":"\ud800"}""",
            6 => $$"""{"id":{{i}},"input":"a@example.org","encoding":"rot13"}""",
            7 => $$"""[{{i}}]""",
            8 => $$$"""{"id":{"n":{{{i}}}},"input":"{{{Base64($"b{i}@Example.org")}}}","encoding":"base64"}""",
            _ => $$"""{"id":{{i}},"input":"user{{i}}@Exämple.org"}""",
        };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static void CheckAnswer(int i, JsonElement answer)
    {
        var kind = i % 10;
        if (kind is 3 or 7)
            answer.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
        else if (kind == 8)
            answer.GetProperty("id").GetProperty("n").GetInt32().ShouldBe(i);
        else
            answer.GetProperty("id").GetInt32().ShouldBe(i);
        if (kind is >= 3 and <= 7)
            answer.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
        else
            answer
                .GetProperty("result")
                .GetProperty("normalized")
                .GetString()
                .ShouldBe(kind == 8 ? $"b{i}@example.org" : $"user{i}@xn--exmple-cua.org");
    }

    /// <summary>Fenced blocks and the text between them, in order; a block's text is made of its parts, so that a new body appears in it.</summary>
    private static List<PageBlock> Blocks(string[] lines)
    {
        var blocks = new List<PageBlock>();
        var text = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                text.Add(lines[i]);
                continue;
            }
            var end = Array.IndexOf(lines, "```", i + 1);
            blocks.Add(new PageBlock([.. text], lines[i][3..], string.Join('\n', lines[(i + 1)..end])));
            text.Clear();
            i = end;
        }
        blocks.Add(new PageBlock([.. text], "", "") { IsEnd = true });
        return blocks;
    }

    private sealed record PageBlock(string[] Before, string Info, string Body)
    {
        public bool IsEnd { get; init; }

        public string Text =>
            string.Join('\n', IsEnd ? Before : [.. Before, "```" + Info, .. Body.Length > 0 ? [Body] : Array.Empty<string>(), "```"]);
    }

    private Task<CommandResult> ShellAsync(string command)
    {
        var start = Prepared("bash", ["-c", command]);
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Program)}:{Environment.GetEnvironmentVariable("PATH")}";
        return RunAsync(start, null);
    }

    private Task<CommandResult> RunAsync(string input, params string[] args) => RunAsync(Prepared(Program, args), input);

    private Process Start(params string[] args) => Process.Start(Prepared(Program, args))!;

    private ProcessStartInfo Prepared(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = _folder.Path,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    private static async Task<CommandResult> RunAsync(ProcessStartInfo start, string? input)
    {
        using var process = Process.Start(start)!;
        var end = EstafetteProcess.EndOfAsync(process);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await end;
    }
}
