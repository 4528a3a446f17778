using System.Diagnostics;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Dkim;

/// <summary>Signatures checked by Debian's python3-dkim, which shares no line with ours.</summary>
[Trait("Category", "RealServers")]
public sealed class DkimAgainstDkimpyTests
{
    private const string Head =
        "From: Joe <joe@football.example.com>\r\nTo: s@example.net\r\nSubject: x\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\n";

    private const string Script = """
        import sys, dkim
        record = sys.stdin.readline().strip().encode()
        def txt(name, timeout=5):
            name = name.decode() if isinstance(name, bytes) else name
            return record if name.rstrip('.') == 'brisbane._domainkey.football.example.com' else None
        for line in sys.stdin:
            try:
                print(dkim.verify(bytes.fromhex(line.strip()), dnsfunc=txt))
            except Exception as e:
                print(repr(e))
        """;

    [Fact]
    public async Task Debian_verifier_accepts_every_shape_of_message()
    {
        using var signer = DkimSignerTests.Signer();
        var texts = new Dictionary<string, string>
        {
            ["empty body"] = Head + "\r\n",
            ["no blank line"] = Head,
            ["only blank lines"] = Head + "\r\n\r\n\r\n\r\n",
            ["trailing blank lines"] = Head + "\r\nbody\r\n\r\n \r\n\t\r\n\r\n",
            ["no line end at the end"] = Head + "\r\nbody",
            ["white space runs"] = Head + "\r\na  b\t\tc \t d   \r\n   lead\r\n\t\r\nend\t \r\n",
            ["8-bit"] = Head + "X: \u00E9\r\n\r\nJ\u00E9r\u00F4me \u20AC \uD83D\uDE00\r\n",
            ["very long lines"] = Head + "\r\n" + new string('x', 30_000) + "  " + new string('y', 30_000) + "\r\n",
            ["folded headers"] = Head.Replace("Subject: x", "Subject:  a\r\n\tb \r\n  c", StringComparison.Ordinal) + "\r\nx\r\n",
            ["many recipients"] =
                Head.Replace(
                    "To: ",
                    "To: " + string.Concat(Enumerable.Range(0, 60).Select(i => $"u{i}@example.org,\r\n ")),
                    StringComparison.Ordinal
                ) + "\r\nx\r\n",
            ["repeated fields"] = Head + "List-Help: <https://a>\r\nList-Help: <https://b>\r\nReply-To: z@example.net\r\n\r\nx\r\n",
            ["all fields"] =
                Head
                + "Message-ID: <1@a.fr>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nList-Unsubscribe: <https://u.example/1>\r\n"
                + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:d\r\n\r\n=2Ex\r\n",
            ["composed"] = Composed(),
        };
        var signed = texts.ToDictionary(t => t.Key, t => DkimSignerTests.Sign(signer, t.Value));
        signed["tampered"] = signed["composed"].Replace("Composed", "Composee", StringComparison.Ordinal);

        var answers = await AskAsync([.. signed.Values]);

        signed.Keys.Zip(answers).ShouldBe(signed.Keys.Select(k => (k, k == "tampered" ? "False" : "True")));
    }

    private static string Composed()
    {
        using var buffer = new MimeBuffer();
        MimeHeaders.WriteText(buffer, "From", "joe@football.example.com");
        MimeHeaders.WriteText(buffer, "Subject", "\u00C9t\u00E9 \u2600 " + new string('\u00E9', 200));
        MimeMessageWriter.WriteBodies(
            buffer,
            "Composed\n.dot\nFrom here  \n\n\n",
            "<p>Composed \u00E9</p>",
            [new("\u00E9.txt", "text/plain", new byte[500])]
        );
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static async Task<string[]> AskAsync(string[] messages)
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
        await python.StandardInput.WriteLineAsync(DkimSignerTests.Key.RecordValue);
        foreach (var message in messages)
            await python.StandardInput.WriteLineAsync(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(message)));
        python.StandardInput.Close();
        return (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
