using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Estafette.Testing.Postfix;
using Estafette.Testing.Smtp;

namespace Estafette.Testing.Dovecot;

/// <summary>A real Dovecot on loopback: IMAP and POP3 with STARTTLS and TLS, user alice@y.test with password "secret".</summary>
/// <remarks>
/// Started with its own configuration and ports, as a plain process; needs root and the Debian packages dovecot-imapd and dovecot-pop3d. It takes a
/// client of its own address for protected; one that comes from 127.0.0.2 is told LOGINDISABLED without TLS.
/// </remarks>
public sealed class DovecotServer : IAsyncDisposable
{
    // The one of the Postfix maildir: unprivileged and without a home.
    private const string MailUser = "estafette-vmail";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _folder;

    private DovecotServer(string folder, int[] ports, X509Certificate2 certificate)
    {
        _folder = folder;
        (ImapPort, ImapsPort, PopPort, PopsPort) = (ports[0], ports[1], ports[2], ports[3]);
        Certificate = certificate;
    }

    /// <summary>IMAP with STARTTLS.</summary>
    public int ImapPort { get; }

    /// <summary>IMAP with TLS from the first octet.</summary>
    public int ImapsPort { get; }

    /// <summary>POP3 with STLS.</summary>
    public int PopPort { get; }

    /// <summary>POP3 with TLS from the first octet.</summary>
    public int PopsPort { get; }

    /// <summary>Its certificate, for localhost.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Starts a server; it greets when this returns.</summary>
    /// <exception cref="InvalidOperationException">Dovecot is absent or did not start; the message says what to install or where to look.</exception>
    public static async Task<DovecotServer> StartAsync()
    {
        if (!File.Exists("/usr/sbin/dovecot"))
        {
            throw new InvalidOperationException(
                "Dovecot is not installed; run: apt-get install -y --no-install-recommends dovecot-imapd dovecot-pop3d"
            );
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("Starting Dovecot needs root, since it changes to its own users; run the tests as root.");
        }

        await PostfixFiles.AddUserAsync();
        for (var attempt = 1; ; attempt++)
        {
            var server = await PrepareAsync();
            try
            {
                var (code, said) = await PostfixFiles.RunAsync("dovecot", "-c", server.Configuration);
                await server.WaitForGreetingAsync(code, said);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // A free port may have been taken in between.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Stops the server by its process id and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        var pidFile = Path.Combine(_folder, "run", "master.pid");
        if (File.Exists(pidFile) && int.TryParse(await File.ReadAllTextAsync(pidFile), out var id))
        {
            await EndAsync(id);
        }

        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Configuration => Path.Combine(_folder, "dovecot.conf");

    private static async Task EndAsync(int id)
    {
        try
        {
            using var master = Process.GetProcessById(id);
            if (master.ProcessName == "dovecot")
            {
                await PostfixFiles.RunAsync("kill", $"{id}");
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
                await master.WaitForExitAsync(limit.Token);
            }
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }

    private static async Task<DovecotServer> PrepareAsync()
    {
        var probes = Enumerable.Range(0, 4).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var probe in probes)
        {
            probe.Start();
        }

        var ports = probes.Select(p => ((IPEndPoint)p.LocalEndpoint).Port).ToArray();
        foreach (var probe in probes)
        {
            probe.Dispose();
        }

        var folder = Directory.CreateTempSubdirectory("estafette-dovecot-").FullName;
        var server = new DovecotServer(folder, ports, TestCertificate.Create("mx.y.test"));
        Directory.CreateDirectory(Path.Combine(folder, "run"));
        Directory.CreateDirectory(Path.Combine(folder, "mail"));
        await PostfixFiles.RunAsync("chmod", "755", folder);
        await PostfixFiles.RunAsync("chown", $"{MailUser}:", Path.Combine(folder, "mail"));
        await File.WriteAllTextAsync(Path.Combine(folder, "cert.pem"), server.Certificate.ExportCertificatePem());
        using (var key = server.Certificate.GetRSAPrivateKey()!)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "users"), "alice@y.test:{PLAIN}secret\n");
        await File.WriteAllTextAsync(server.Configuration, server.Conf());
        return server;
    }

    private string Conf() =>
        $$$"""
            base_dir = {{{_folder}}}/run
            state_dir = {{{_folder}}}/run
            log_path = {{{_folder}}}/log
            protocols = imap pop3
            listen = 127.0.0.1
            ssl = yes
            ssl_cert = <{{{_folder}}}/cert.pem
            ssl_key = <{{{_folder}}}/key.pem
            disable_plaintext_auth = yes
            auth_mechanisms = plain login
            mail_location = maildir:{{{_folder}}}/mail/%n
            first_valid_uid = 1
            mail_uid = {{{MailUser}}}
            mail_gid = {{{MailUser}}}
            default_internal_user = dovecot
            default_login_user = dovenull
            passdb {
              driver = passwd-file
              args = username_format=%u {{{_folder}}}/users
            }
            userdb {
              driver = static
              args = uid={{{MailUser}}} gid={{{MailUser}}} home={{{_folder}}}/mail/%n
            }
            namespace inbox {
              inbox = yes
              mailbox Sent {
                auto = subscribe
                special_use = \Sent
              }
              mailbox Trash {
                auto = subscribe
                special_use = \Trash
              }
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{{ImapPort}}}
              }
              inet_listener imaps {
                port = {{{ImapsPort}}}
                ssl = yes
              }
            }
            service pop3-login {
              chroot =
              inet_listener pop3 {
                port = {{{PopPort}}}
              }
              inet_listener pop3s {
                port = {{{PopsPort}}}
                ssl = yes
              }
            }
            service anvil {
              chroot =
            }

            """;

    private async Task WaitForGreetingAsync(int code, string said)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (code == 0 && TimeProvider.System.GetElapsedTime(began) < StartLimit)
        {
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, PopPort), limit.Token);
                var greeting = new byte[3];
                if (await socket.ReceiveAsync(greeting, SocketFlags.None, limit.Token) == 3 && greeting.AsSpan().SequenceEqual("+OK"u8))
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(20);
            }
        }

        var log = Path.Combine(_folder, "log");
        var tail = File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(5)) : "no log";
        throw new InvalidOperationException(
            $"Dovecot did not greet on port {PopPort} (start returned {code}: {said.Trim()}). Its log: {tail}"
        );
    }
}
