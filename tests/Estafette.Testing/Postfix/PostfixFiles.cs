using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Estafette.Testing.Postfix;

/// <summary>Configuration of a <see cref="PostfixServer"/> and the commands it needs.</summary>
internal static class PostfixFiles
{
    // Owns the maildir; unprivileged and without a home.
    private const string MailUser = "estafette-vmail";

    public static async Task AddUserAsync()
    {
        if ((await RunAsync("id", "-u", MailUser)).Code != 0)
        {
            // Two test processes may do it at once; then the second finds the user there.
            var (_, said) = await RunAsync("useradd", "-r", "-M", "-s", "/usr/sbin/nologin", MailUser);
            if ((await RunAsync("id", "-u", MailUser)).Code != 0)
            {
                throw new InvalidOperationException($"Adding the user {MailUser} for the maildir of Postfix failed: {said}");
            }
        }
    }

    public static async Task WriteAsync(string folder, int port, X509Certificate2 certificate, IEnumerable<string> settings)
    {
        foreach (var name in new[] { "etc", "queue", "data", "mail" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        // The user of the maildir passes through both.
        await RunAsync("chmod", "755", folder, Path.Combine(folder, "queue"));
        await RunAsync("chown", "postfix", Path.Combine(folder, "data"));
        await RunAsync("chown", $"{MailUser}:", Path.Combine(folder, "mail"));
        var etc = Path.Combine(folder, "etc");
        await File.WriteAllTextAsync(Path.Combine(etc, "cert.pem"), certificate.ExportCertificatePem());
        using (var key = certificate.GetRSAPrivateKey()!)
        {
            await File.WriteAllTextAsync(Path.Combine(etc, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }

        var uid = (await RunAsync("id", "-u", MailUser)).Output.Trim();
        var gid = (await RunAsync("id", "-g", MailUser)).Output.Trim();
        await File.WriteAllTextAsync(
            Path.Combine(etc, "main.cf"),
            MainCf(folder, uid, gid) + string.Concat(settings.Select(s => s + "\n"))
        );
        await File.WriteAllTextAsync(Path.Combine(etc, "master.cf"), await MasterCfAsync(port));
    }

    public static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        // Output goes through a file: daemons that inherit a pipe would keep it open for ever.
        var output = Path.GetTempFileName();
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (
            var argument in (string[])["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", output, program, .. arguments]
        )
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await File.ReadAllTextAsync(output, limit.Token));
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static string MainCf(string folder, string uid, string gid) =>
        $$$"""
            compatibility_level = 3.6
            queue_directory = {{{folder}}}/queue
            data_directory = {{{folder}}}/data
            maillog_file = {{{folder}}}/queue/mail.log
            maillog_file_prefixes = {{{folder}}}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = mx.y.test
            mydestination =
            mynetworks = 127.0.0.0/8
            alias_maps =
            alias_database =
            virtual_mailbox_domains = y.test
            virtual_mailbox_base = {{{folder}}}/mail
            virtual_mailbox_maps = static:all/
            virtual_mailbox_limit = 0
            virtual_uid_maps = static:{{{uid}}}
            virtual_gid_maps = static:{{{gid}}}
            virtual_minimum_uid = 1
            recipient_delimiter = +
            smtpd_tls_cert_file = {{{folder}}}/etc/cert.pem
            smtpd_tls_key_file = {{{folder}}}/etc/key.pem
            smtpd_tls_security_level = may
            smtpd_client_connection_count_limit = 0
            smtpd_recipient_restrictions = check_recipient_access inline:{{full@y.test = 452 4.2.2 mailbox full},{nobody@y.test = 550 5.1.1 unknown user}}, permit_mynetworks, reject
            smtp_dns_support_level = disabled

            """;

    /// <summary>The distribution's services without chroot, the public one on our port.</summary>
    private static async Task<string> MasterCfAsync(int port)
    {
        var lines = await File.ReadAllLinesAsync("/usr/share/postfix/master.cf.dist");
        for (var i = 0; i < lines.Length; i++)
        {
            var words = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 8 || lines[i][0] is '#' or ' ')
            {
                continue;
            }

            words[0] = words is ["smtp", "inet", ..] ? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}") : words[0];
            words[4] = "n";
            lines[i] = string.Join(' ', words);
        }

        var all = string.Join('\n', lines) + "\n";
        return all.Contains("\npostlog ", StringComparison.Ordinal) ? all : all + "postlog unix-dgram n - n - 1 postlogd\n";
    }
}
