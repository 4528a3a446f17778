using System.Runtime.CompilerServices;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>Dialogues with servers of several makers, replayed from files.</summary>
public sealed class SmtpTranscriptTests
{
    private static readonly byte[] Message = "Subject: transcript\r\n\r\nHello, transcript one\r\n"u8.ToArray();

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder(), "*.transcript").Select(f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Dialogue_is_held_as_recorded(string file)
    {
        var script = new Script(File.ReadAllLines(Path.Combine(Folder(), file + ".transcript")));
        await using var server = new TranscriptServer(script.Wire);
        var shown = new List<string>();
        var options = new SmtpClientOptions
        {
            Host = "127.0.0.1",
            Port = server.Port,
            LocalName = "client.test",
            Tls = Enum.Parse<SmtpTls>(script.Value("tls") ?? "None"),
            Username = script.Value("user"),
            Password = script.Value("password"),
        };

        var outcomes = await TalkAsync(options, script.Values("expect"), line => shown.Add(line.ToString()));

        outcomes.ShouldBe(script.Value("connect") is { } failed ? [failed] : script.Values("expect"));
        (await server.Played).ShouldBeNull();
        shown.ShouldBe(script.Shown);
    }

    private static async Task<List<string>> TalkAsync(
        SmtpClientOptions options,
        List<string> expected,
        Action<SmtpTranscriptLine> transcript
    )
    {
        var result = await SmtpConnection.ConnectAsync(options, transcript);
        if (!result.Succeeded)
        {
            return [$"{result.Failure.Phase} {result.Failure.Kind} {Short(result.Failure.Reply)}".TrimEnd()];
        }

        await using var connection = result.Connection;
        var envelopes = expected.Select((_, i) => new SmtpEnvelope($"from{i}@x.test", $"to{i}@y.test", Message.Length)).ToArray();
        var outcomes = new List<string>();
        for (var i = 0; i < envelopes.Length; i++)
        {
            var sent = await connection.SendAsync(envelopes[i], Message, envelopes.ElementAtOrDefault(i + 1));
            var detail = sent.Reply is null ? sent.Failure.ToString() : Short(sent.Reply);
            outcomes.Add(
                $"{sent.Outcome} {sent.Phase} {detail}{(sent.InDoubt ? " InDoubt" : "")}{(sent.ConnectionFault ? " ConnectionFault" : "")}"
            );
        }

        await connection.QuitAsync();
        return outcomes;
    }

    private static string Short(SmtpReply? reply) => reply is null ? "" : $"{reply.Code} {reply.EnhancedStatus}".TrimEnd();

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Transcripts");

    private sealed class Script
    {
        private readonly List<(string Key, string Value)> _all;

        public Script(string[] lines)
        {
            _all =
            [
                .. lines
                    .Where(line => line.Length > 0 && line[0] != '#')
                    .Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].TrimStart())),
            ];
            foreach (var (key, value) in _all)
            {
                if (key is "S" or "C")
                {
                    Wire.Add((key == "S", value));
                    Shown.Add($"{key}: {value}");
                }
                else if (key == "U")
                {
                    Wire.Add((true, value));
                }
                else if (key == "shown")
                {
                    Shown[^1] = "C: " + value;
                }
            }
        }

        public List<(bool FromServer, string Text)> Wire { get; } = [];

        public List<string> Shown { get; } = [];

        public string? Value(string key) => _all.Where(p => p.Key == key).Select(p => p.Value).FirstOrDefault();

        public List<string> Values(string key) => [.. _all.Where(p => p.Key == key).Select(p => p.Value)];
    }
}
