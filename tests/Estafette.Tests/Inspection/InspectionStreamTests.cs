using System.Text;
using System.Text.Json;
using Estafette.Inspection;
using Estafette.Testing.Dns;

namespace Estafette.Tests.Inspection;

public sealed class InspectionStreamTests
{
    [Fact]
    public async Task Marks_blank_lines_and_a_missing_last_line_end_do_no_harm()
    {
        var answers = await RunAsync("sms", "\uFEFF{\"id\":1,\"input\":\"a\"}\r\n\n  \t\n{\"id\":2,\"input\":\"b\"}");
        answers.ShouldBe([
            """{"id":1,"result":{"encoding":"gsm7","units":1,"parts":1}}""",
            """{"id":2,"result":{"encoding":"gsm7","units":1,"parts":1}}""",
        ]);
        (await RunAsync("sms", "")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"id":18446744073709551616123.50e1,"input":"a"}""", "18446744073709551616123.50e1")]
    [InlineData("""{"id":"\ud800 \u00e9","input":"a"}""", "\"\\ud800 \\u00e9\"")]
    [InlineData("""{"id":{"b": [1, 2]},"input":"a"}""", """{"b": [1, 2]}""")]
    [InlineData("""{"input":"a"}""", "null")]
    public async Task Id_comes_back_as_it_was_written(string line, string id) =>
        (await RunAsync("sms", line)).ShouldBe([$$$"""{"id":{{{id}}},"result":{"encoding":"gsm7","units":1,"parts":1}}"""]);

    [Fact]
    public async Task A_bad_line_is_answered_and_the_next_one_too()
    {
        byte[] input =
        [
            .. "{\"id\":1,\"input\":\"\xFF\"}\n"u8,
            (byte)'"',
            0xFF,
            (byte)'"',
            .. "\n\0\nnull\n{\"id\":2,\"input\":\"a\"}\n"u8,
        ];
        var answers = await RunAsync("address", input);
        answers.Length.ShouldBe(5);
        answers[1].ShouldBe("""{"id":null,"error":"The line is not UTF-8."}""");
        answers[2].ShouldStartWith("""{"id":null,"error":"The line is not JSON""");
        answers[3].ShouldStartWith("""{"id":null,"error":"A JSON object""");
        answers[4].ShouldStartWith("""{"id":2,"result":""");
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_skipped_without_being_kept()
    {
        var limits = new InspectionLimits { LineBytes = 1000 };
        var input =
            $$"""{"id":1,"input":"a"}{{"\n"}}{"id":2,"input":"{{new string('b', 2_000_000)}}"}{{"\n"}}{"id":3,"input":"{{new string('c', 990)}}"}{{"\n"}}{"id":4,"input":"d"}""";
        var answers = await RunAsync("sms", Encoding.UTF8.GetBytes(input), limits);
        answers.Select(a => a[..10]).ShouldBe(["""{"id":1,"r""", """{"id":null""", """{"id":null""", """{"id":4,"r"""]);
    }

    [Fact]
    public async Task Long_lines_are_taken_one_after_the_other()
    {
        var limits = new InspectionLimits { Bytes = 100_000 };
        var line = $$"""{"id":1,"input":"{{new string('x', 90_000)}}"}{{"\n"}}""";
        var answers = await RunAsync("sms", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 50))), limits);
        answers.Length.ShouldBe(50);
        answers.ShouldAllBe(a => a.Contains("\"units\":90000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Order_is_kept_however_long_a_line_takes()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 3000; i++)
            text.Append($$"""{"id":{{i}},"input":"{{new string('a', i % 50 == 0 ? 100_000 : 3)}}"}""").Append('\n');
        var answers = await RunAsync("sms", text.ToString());
        answers.Select(a => JsonDocument.Parse(a).RootElement.GetProperty("id").GetInt32()).ShouldBe(Enumerable.Range(0, 3000));
    }

    [Fact]
    public async Task A_line_that_takes_too_long_is_answered_with_an_error()
    {
        await using var dns = FakeDnsServer.Start();
        dns.Mischief = FakeDnsMischief.Silent;
        var limits = new InspectionLimits { LineTime = TimeSpan.FromMilliseconds(100) };
        var line = $$"""{"id":1,"ip":"192.0.2.1","from":"a@example.org","dns":"{{dns.EndPoint}}"}{{"\n"}}{"id":2}{{"\n"}}""";
        var answers = await RunAsync("spf", Encoding.UTF8.GetBytes(line), limits);
        answers[0].ShouldBe("""{"id":1,"error":"The line took longer than 0.1 s."}""");
        answers[1].ShouldStartWith("""{"id":2,"error":"The member 'ip' is missing""");
    }

    [Fact]
    public async Task Reading_ends_when_nobody_reads_the_answers()
    {
        await using var endless = new EndlessStream();
        await using var closed = new ClosedStream();
        var stream = new InspectionStream(InspectionsTests.Create(), "sms", new InspectionRequest(), new InspectionLimits());
        await stream.RunAsync(endless, closed, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static Task<string[]> RunAsync(string what, string input) => RunAsync(what, Encoding.UTF8.GetBytes(input));

    private static async Task<string[]> RunAsync(string what, byte[] input, InspectionLimits? limits = null)
    {
        using var output = new MemoryStream();
        var stream = new InspectionStream(InspectionsTests.Create(), what, new InspectionRequest(), limits ?? new InspectionLimits());
        await stream.RunAsync(new MemoryStream(input), output, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class EndlessStream : MemoryStream
    {
        private static readonly byte[] Line = "{\"input\":\"a\"}\n"u8.ToArray();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Line.CopyTo(buffer);
            return ValueTask.FromResult(Line.Length);
        }
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("Broken pipe"));
    }
}
