using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Estafette.Benchmarks.Send;

/// <summary>Debian's smtp-sink as a process of its own: takes everything, keeps nothing.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly Process _process;

    private SmtpSink(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<SmtpSink> StartAsync()
    {
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/smtp-sink", $"-u nobody 127.0.0.1:{port} 1000"))!;
        for (var i = 0; i < 300; i++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return new SmtpSink(process, port);
            }
            catch (SocketException)
            {
                await Task.Delay(10);
            }
        }
        throw new InvalidOperationException("smtp-sink does not listen; is the Debian package postfix installed?");
    }

    /// <summary>Messages per second that Debian's own generator reaches against the sink: the bound.</summary>
    public async Task<double> BoundAsync(int messages, int bytes = 5120)
    {
        var began = Stopwatch.GetTimestamp();
        using var source = Process.Start(
            "/usr/sbin/smtp-source",
            string.Create(CultureInfo.InvariantCulture, $"-s 20 -l {bytes} -m {messages} -d -f a@x.test -t b@y.test 127.0.0.1:{Port}")
        );
        await source.WaitForExitAsync();
        return messages / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
