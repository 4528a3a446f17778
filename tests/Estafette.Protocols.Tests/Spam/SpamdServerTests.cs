using System.Text;
using Estafette.Protocols.Spam;
using Estafette.Testing.Spam;

namespace Estafette.Protocols.Tests.Spam;

/// <summary>The client against a real spamd. Points of its rules change with its package: none is fixed here but that of GTUBE.</summary>
[Trait("Category", "RealServers")]
public sealed class SpamdServerTests
{
    private const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    [Fact]
    public async Task A_real_spamd_is_understood()
    {
        await using var server = await SpamdServer.StartAsync();
        var spamd = new SpamdClient("127.0.0.1", server.Port, TimeSpan.FromSeconds(30), TimeProvider.System);

        (await spamd.PingAsync(default)).ShouldBeNull();
        var spam = await spamd.CheckAsync(Message(Gtube), default);
        var ham = await spamd.CheckAsync(Message("Shall we meet on Tuesday?"), default);

        spam.Error.ShouldBeNull();
        spam.IsSpam.ShouldBeTrue();
        spam.Threshold.ShouldBe(5.0);
        spam.Checks[0].Name.ShouldBe("GTUBE");
        spam.Checks[0].Score.ShouldBe(1000);
        spam.Checks.Sum(c => c.Score).ShouldBe(spam.Score!.Value, 1.0);
        ham.Error.ShouldBeNull();
        ham.IsSpam.ShouldBeFalse();
        ham.Checks.ShouldNotBeEmpty();
        ham.Checks.ShouldAllBe(c => c.Description.Length > 0);
    }

    private static byte[] Message(string body) =>
        Encoding.UTF8.GetBytes(
            "From: Ann <ann@x.test>\r\nTo: Bob <bob@y.test>\r\nSubject: Meeting\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                + $"Message-ID: <meeting.2026.11.22@x.test>\r\n\r\n{body}\r\n"
        );
}
