using System.Diagnostics;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>The load generator of Postfix against the server.</summary>
[Trait("Category", "RealServers")]
public sealed class SmtpSourceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, 200, 5120)]
    [InlineData(20, 2000, 5120)]
    [InlineData(5, 20, 3_000_000)]
    public async Task Every_message_of_smtp_source_is_received(int sessions, int messages, int bytes)
    {
        var taken = 0;
        await using var server = ServerUnderTest.Start(o => o with { Limits = new() { MessagesPerSession = 100000 } });
        server.Receiver.Receive = (message, _) =>
        {
            message.Length.ShouldBeGreaterThanOrEqualTo(bytes);
            Interlocked.Increment(ref taken);
            return Task.FromResult(new SmtpReply(250, "2.0.0 Dropped"));
        };
        string[] arguments =
        [
            "-s",
            $"{sessions}",
            "-m",
            $"{messages}",
            "-l",
            $"{bytes}",
            "-d",
            "-f",
            "a@x.test",
            "-t",
            "b@y.test",
            $"127.0.0.1:{server.Listener.EndPoint.Port}",
        ];

        var watch = Stopwatch.StartNew();
        using var source = Process.Start(
            new ProcessStartInfo("/usr/sbin/smtp-source", arguments) { RedirectStandardError = true, UseShellExecute = false }
        )!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = await source.StandardError.ReadToEndAsync(limit.Token);
        await source.WaitForExitAsync(limit.Token);
        output.WriteLine($"{messages / watch.Elapsed.TotalSeconds:0} messages a second, {bytes} octets each, {sessions} sessions");

        source.ExitCode.ShouldBe(0, said);
        taken.ShouldBe(messages);
        server.Receiver.Faults.ShouldBeEmpty();
    }
}
