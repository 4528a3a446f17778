using System.Text;
using Estafette.Protocols.Spam;
using Estafette.Testing;
using Estafette.Testing.Spam;

namespace Estafette.Protocols.Tests.Spam;

public sealed class SpamdClientTests
{
    private const string Table = """
        Content preview:  hello
         pts rule name              description
        ---- ---------------------- --------------------------------------------------
         9.9 FROM_THE_PREVIEW       a message may show a table too

        Content analysis details:   (2.6 points, 5.0 required)

         pts rule name              description
        ---- ---------------------- --------------------------------------------------
        -0.0 NO_RELAYS              Informational: message was not relayed
         0.6 MISSING_MID            Missing id
         2.7 A_RULE_WITH_A_VERY_LONG_NAME Described beside
        -0.7 WRAPPED                A description that goes on
                                    [score: 0.5000]
                                    100 MORE of it
        1000 HUGE                   No space before
         0.1 NAKED

         5.0 AFTER_THE_END          not part of the table
        """;

    private static readonly byte[] Message = "Subject: x\r\n\r\nbody\r\n"u8.ToArray();

    [Theory]
    [InlineData(FakeSpamdManner.Polite)]
    [InlineData(FakeSpamdManner.ByteByByte)]
    public async Task Score_threshold_and_rules_are_read_highest_first(FakeSpamdManner manner)
    {
        await using var spamd = new FakeSpamd(Answer(Table), manner);

        var report = await AskAsync(spamd);

        spamd.Question.ShouldBe("REPORT SPAMC/1.5\r\nContent-length: 20\r\n\r\nSubject: x\r\n\r\nbody\r\n");
        report.Error.ShouldBeNull();
        (report.Score, report.Threshold, report.IsSpam).ShouldBe((2.6, 5.0, false));
        report.Checks.ShouldBe([
            new("HUGE", 1000, "No space before"),
            new("A_RULE_WITH_A_VERY_LONG_NAME", 2.7, "Described beside"),
            new("MISSING_MID", 0.6, "Missing id"),
            new("NAKED", 0.1, ""),
            new("NO_RELAYS", 0, "Informational: message was not relayed"),
            new("WRAPPED", -0.7, "A description that goes on [score: 0.5000] 100 MORE of it"),
        ]);
    }

    [Fact]
    public async Task A_report_without_a_table_still_has_its_score()
    {
        await using var spamd = new FakeSpamd("SPAMD/1.1 0 EX_OK\r\nSpam: True ; 5 / 5.0\r\n\r\nshort report\r\n");
        var report = await AskAsync(spamd);
        (report.Score, report.IsSpam, report.Checks.Count, report.Error).ShouldBe((5, true, 0, null));
    }

    [Theory]
    [InlineData("", "spamd closed the connection without an answer")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "what answered is not spamd: HTTP/1.1 400 Bad Request")]
    [InlineData("SPAMD/1.1 zero EX_OK\r\n\r\n", "what answered is not spamd: SPAMD/1.1 zero EX_OK")]
    [InlineData("\0\u0001\r\n", "what answered is not spamd: ??")]
    [InlineData("SPAMD/1.0 76 Bad header line: x\r\n\r\n", "spamd refused the message: 76 Bad header line: x")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\n\r\n", "spamd gave no score")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: maybe\r\n\r\n", "spamd gave no score")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: True ; NaN / 5.0\r\n\r\n", "spamd gave no score")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nContent-length: 9\r\nSpam: True ; 9.0 / 5.0\r\n\r\nshort", "the answer of spamd was cut short")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: True ; 9.0 / 5", "the answer of spamd was cut short")]
    [InlineData("SPAMD/1.1 0 EX", "the answer of spamd was cut short")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nContent-length: -3\r\nSpam: True ; 9.0 / 5.0\r\n\r\n", "spamd gave no number as Content-length: -3")]
    public async Task Malformed_answers_are_failures_in_words(string answer, string error)
    {
        await using var spamd = new FakeSpamd(answer);
        var report = await AskAsync(spamd);
        (report.Score, report.IsSpam, report.Checks.Count).ShouldBe((null, false, 0));
        report.Error.ShouldBe(error);
    }

    [Theory]
    [InlineData(FakeSpamdManner.Silent)]
    [InlineData(FakeSpamdManner.Endless)]
    public async Task A_spamd_that_does_not_end_its_answer_is_given_up(FakeSpamdManner manner)
    {
        await using var spamd = new FakeSpamd(Answer(Table), manner);
        var clock = new FakeTimeProvider();
        var asking = new SpamdClient("127.0.0.1", spamd.Port, TimeSpan.FromSeconds(2), clock).CheckAsync(Message, default);
        await Eventually.TrueAsync(() => spamd.Question.Length > 0);

        clock.Advance(TimeSpan.FromSeconds(3));

        (await asking).Error.ShouldBe($"spamd at 127.0.0.1:{spamd.Port} did not answer within 2 s");
    }

    [Fact]
    public async Task A_reset_and_a_closed_port_are_failures_in_words()
    {
        int port;
        await using (var spamd = new FakeSpamd("", FakeSpamdManner.Resetting))
        {
            port = spamd.Port;
            (await AskAsync(spamd)).Error.ShouldStartWith($"spamd at 127.0.0.1:{port} could not be asked: ");
        }
        (await Client(port).CheckAsync(Message, default)).Error.ShouldStartWith($"spamd at 127.0.0.1:{port} could not be asked: ");
        (await Client(port).PingAsync(default)).ShouldStartWith($"spamd at 127.0.0.1:{port} could not be asked: ");
    }

    [Fact]
    public async Task A_spamd_that_refuses_before_the_end_of_a_large_message_does_not_throw()
    {
        await using var spamd = new FakeSpamd("SPAMD/1.1 74 EX_IOERR\r\n\r\n", FakeSpamdManner.Rude);
        var report = await Client(spamd.Port).CheckAsync(new byte[20_000_000], default);
        report.Error.ShouldNotBeNull();
        report.Score.ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_over_a_megabyte_is_refused()
    {
        await using var spamd = new FakeSpamd(Answer(new string('x', SpamdClient.MaxAnswerBytes)));
        (await AskAsync(spamd)).Error.ShouldBe($"the answer of spamd at 127.0.0.1:{spamd.Port} is longer than 1048576 bytes");
    }

    [Fact]
    public async Task A_caller_may_end_the_wait()
    {
        await using var spamd = new FakeSpamd("", FakeSpamdManner.Silent);
        using var end = new CancellationTokenSource();
        var asking = Client(spamd.Port).CheckAsync(Message, end.Token);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
    }

    [Fact]
    public async Task Ping_wants_a_pong()
    {
        await using var good = new FakeSpamd("SPAMD/1.5 0 PONG\r\n");
        (await Client(good.Port).PingAsync(default)).ShouldBeNull();
        good.Question.ShouldBe("PING SPAMC/1.5\r\n\r\n");
        await using var bad = new FakeSpamd("SPAMD/1.5 0 EX_OK\r\n\r\n");
        (await Client(bad.Port).PingAsync(default)).ShouldBe("spamd answered PING with something else than PONG");
    }

    [Fact]
    public void Damaged_answers_are_a_report_or_a_problem()
    {
        var random = new Random(11);
        var whole = Encoding.UTF8.GetBytes(Answer(Table));
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = whole[..random.Next(whole.Length + 1)];
            for (var n = random.Next(4); n > 0 && bytes.Length > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var answer = SpamdAnswer.Parse(bytes, out var problem);
            (answer is null).ShouldBe(problem is not null);
            if (answer?.ToReport() is { Error: null } report)
                report.Checks.ShouldAllBe(c => double.IsFinite(c.Score) && c.Name.Length > 0);
        }
    }

    private static string Answer(string table)
    {
        var body = table.ReplaceLineEndings("\n");
        return $"SPAMD/1.1 0 EX_OK\r\nContent-length: {Encoding.UTF8.GetByteCount(body)}\r\nSpam: False ; 2.6 / 5.0\r\n\r\n{body}";
    }

    private static SpamdClient Client(int port) => new("127.0.0.1", port, TimeSpan.FromSeconds(30), TimeProvider.System);

    private static Task<SpamReport> AskAsync(FakeSpamd spamd) => Client(spamd.Port).CheckAsync(Message, default);
}
