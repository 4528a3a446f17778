using System.Diagnostics;
using System.Text;
using Estafette.Protocols.Dkim;

namespace Estafette.Protocols.Tests.Dkim;

/// <summary>Signatures made by Debian's python3-dkim, which shares no line with ours.</summary>
[Trait("Category", "RealServers")]
public sealed class DkimOfDkimpyTests
{
    // PyNaCl, which python3-dkim depends on, makes the Ed25519 signatures.
    private const string Script = """
        import sys, dkim
        pem = bytes.fromhex(sys.stdin.readline())
        seed = sys.stdin.readline().strip().encode()
        message = bytes.fromhex(sys.stdin.readline())
        for algorithm, selector, key in ((b'rsa-sha256', b's1', pem), (b'ed25519-sha256', b's2', seed)):
            for header in (b'simple', b'relaxed'):
                for body in (b'simple', b'relaxed'):
                    for length in (False, True):
                        print(dkim.sign(message, selector, b'x.test', key, canonicalize=(header, body), signature_algorithm=algorithm,
                                        identity=b'joe@news.x.test', length=length).hex())
        """;

    [Fact]
    public async Task Signatures_of_the_Debian_signer_pass_in_every_shape()
    {
        var fields = await SignAsync(DkimForge.Message);

        fields.Length.ShouldBe(16);
        foreach (var field in fields)
        {
            (await DkimForge.VerifyOneAsync(field + DkimForge.Message)).Reason.ShouldBe("good signature", field);
            (await DkimForge.VerifyOneAsync(field + DkimForge.Message.Replace("lost", "won"))).Outcome.ShouldBe(DkimOutcome.Fail, field);
        }
    }

    private static async Task<string[]> SignAsync(string message)
    {
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        using var python = Process.Start(start)!;
        var reading = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.StandardInput.WriteLineAsync(Convert.ToHexString(Encoding.ASCII.GetBytes(DkimSignerTests.Key.PrivateKeyPem)));
        await python.StandardInput.WriteLineAsync(Convert.ToBase64String(DkimForge.Seed));
        await python.StandardInput.WriteLineAsync(Convert.ToHexString(Encoding.UTF8.GetBytes(message)));
        python.StandardInput.Close();
        var lines = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(l => Encoding.ASCII.GetString(Convert.FromHexString(l)))];
    }
}
