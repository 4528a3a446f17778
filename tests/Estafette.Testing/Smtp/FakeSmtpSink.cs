using System.Globalization;
using System.Runtime.InteropServices;

namespace Estafette.Testing.Smtp;

/// <summary>A <see cref="FakeSmtpServer"/> as a process of its own, for benchmarks and crash tests.</summary>
public static class FakeSmtpSink
{
    /// <summary>Serves until SIGTERM or SIGINT and prints <c>listening PORT</c>, and at the end <c>accepted N connections C</c>.</summary>
    /// <remarks>
    /// Options, each with a value: --port (default a free one), --record FILE, --header NAME (default Message-ID), --seed N, and the shares
    /// --rcpt-4xx --rcpt-5xx --goodbye --dot-4xx --dot-5xx --cut --lost-reply, 0 to 1. Nothing is kept in memory.
    /// </remarks>
    public static async Task<int> RunAsync(string[] args)
    {
        var values = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "", StringComparer.Ordinal);
        var shares = new FakeSmtpShares
        {
            Seed = (int)Number("--seed"),
            RcptTransient = Number("--rcpt-4xx"),
            RcptPermanent = Number("--rcpt-5xx"),
            Goodbye = Number("--goodbye"),
            DotTransient = Number("--dot-4xx"),
            DotPermanent = Number("--dot-5xx"),
            CutInText = Number("--cut"),
            LostReply = Number("--lost-reply"),
        };
        var behaviour = new FakeSmtpBehaviour
        {
            Port = (int)Number("--port"),
            KeepsMessages = false,
            RecordFile = values.GetValueOrDefault("--record"),
            RecordHeader = values.GetValueOrDefault("--header", "Message-ID"),
        };
        if (shares != new FakeSmtpShares { Seed = shares.Seed })
        {
            behaviour = behaviour.With(FakeSmtpScripts.Storm(shares));
        }

        var stop = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await using var server = FakeSmtpServer.Start(behaviour);
        Console.WriteLine($"listening {server.Port}");
        await stop.Task;
        Console.WriteLine($"accepted {server.Accepted} connections {server.Connections}");
        return 0;

        double Number(string name) => values.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : 0;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }
}
