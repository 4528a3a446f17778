using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafette.Protocols.Antivirus;
using Estafette.Testing;
using Estafette.Testing.Antivirus;

namespace Estafette.Protocols.Tests.Antivirus;

public sealed class ClamdClientTests
{
    private static readonly byte[] File = Encoding.UTF8.GetBytes(new string('x', 200_000));

    [Theory]
    [InlineData(FakeClamdManner.Polite)]
    [InlineData(FakeClamdManner.ByteByByte)]
    [InlineData(FakeClamdManner.Endless)]
    public async Task File_arrives_whole_and_the_answer_is_read(FakeClamdManner manner)
    {
        await using var clamd = new FakeClamd("stream: OK", manner);
        (await AskAsync(clamd)).IsClean.ShouldBeTrue();
        clamd.Command.ShouldBe("zINSTREAM");
        clamd.Stream.ShouldBe(File);
    }

    [Fact]
    public async Task Name_of_what_was_found_is_told()
    {
        await using var clamd = new FakeClamd("stream: Win.Test.EICAR_HDB-1 FOUND");
        (await AskAsync(clamd)).ShouldBe(new ClamdVerdict("Win.Test.EICAR_HDB-1", null));
    }

    [Fact]
    public async Task Empty_file_is_a_question_too()
    {
        await using var clamd = new FakeClamd("stream: OK");
        (await Client(clamd.Port).ScanAsync(default, default)).IsClean.ShouldBeTrue();
        clamd.Stream.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("INSTREAM size limit exceeded. ERROR")]
    [InlineData("stream: Can't allocate memory ERROR")]
    [InlineData("")]
    [InlineData("OK")]
    [InlineData("stream: OK but")]
    public async Task Anything_but_the_two_answers_is_an_error_and_never_clean(string answer)
    {
        await using var clamd = new FakeClamd(answer);
        var verdict = await AskAsync(clamd);
        verdict.IsClean.ShouldBeFalse();
        verdict.Signature.ShouldBeNull();
        verdict.Error!.ShouldContain(answer);
    }

    [Fact]
    public async Task Refusal_in_the_middle_of_the_stream_is_read()
    {
        await using var clamd = new FakeClamd("INSTREAM size limit exceeded. ERROR", FakeClamdManner.Rude);
        (await AskAsync(clamd)).IsClean.ShouldBeFalse();
    }

    [Fact]
    public async Task Endless_answer_is_cut()
    {
        await using var clamd = new FakeClamd("stream: " + new string('x', ClamdClient.MaxAnswerBytes));
        (await AskAsync(clamd)).Error!.ShouldContain("longer than");
    }

    [Fact]
    public async Task Broken_connection_and_nobody_there_are_errors()
    {
        await using var clamd = new FakeClamd("stream: OK", FakeClamdManner.Resetting);
        (await AskAsync(clamd)).Error.ShouldNotBeNull();
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var verdict = await Client(((IPEndPoint)probe.LocalEndPoint!).Port).ScanAsync(File, default);
        verdict.Error!.ShouldContain("could not be asked");
        (await Client(((IPEndPoint)probe.LocalEndPoint!).Port).PingAsync(default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Silence_ends_with_the_limit()
    {
        await using var clamd = new FakeClamd("stream: OK", FakeClamdManner.Silent);
        var clock = new FakeTimeProvider();
        var client = new ClamdClient("127.0.0.1", clamd.Port, TimeSpan.FromSeconds(30), clock);
        var asked = client.ScanAsync(File, default);
        await Eventually.TrueAsync(() => Task.FromResult(clamd.Count == 1));
        clock.Advance(TimeSpan.FromSeconds(30));
        (await asked).Error!.ShouldContain("did not answer within 30 s");
    }

    [Fact]
    public async Task Caller_who_gives_up_is_obeyed()
    {
        await using var clamd = new FakeClamd("stream: OK", FakeClamdManner.Silent);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(() => Client(clamd.Port).ScanAsync(File, stop.Token));
    }

    [Fact]
    [Trait("Category", "RealServers")]
    public async Task A_real_clamd_is_understood()
    {
        await using var server = await ClamdServer.StartAsync();
        var clamd = Client(server.Port);
        (await clamd.PingAsync(default)).ShouldBeNull();
        (await clamd.ScanAsync(Encoding.ASCII.GetBytes(ClamdServer.Poison), default)).Signature!.ShouldStartWith(ClamdServer.Signature);
        (await clamd.ScanAsync(File, default)).ShouldBe(new ClamdVerdict(null, null));
        (await clamd.ScanAsync(default, default)).IsClean.ShouldBeTrue();
        var tooLong = await clamd.ScanAsync(new byte[2 * ClamdServer.MaxStreamBytes], default);
        tooLong.IsClean.ShouldBeFalse();
        tooLong.Error.ShouldNotBeNull();
    }

    private static ClamdClient Client(int port) => new("127.0.0.1", port, TimeSpan.FromSeconds(20), TimeProvider.System);

    private static Task<ClamdVerdict> AskAsync(FakeClamd clamd) => Client(clamd.Port).ScanAsync(File, default);
}
