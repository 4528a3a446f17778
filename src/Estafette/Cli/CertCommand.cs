using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Api.Authentication;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette cert</c>: certificates by which programs prove who they are to the API.</summary>
internal static class CertCommand
{
    private sealed record Row(
        long Id,
        string Name,
        string Subject,
        string State,
        DateTimeOffset NotBefore,
        DateTimeOffset NotAfter,
        IReadOnlyList<string> Scopes,
        DateTimeOffset? LastUsedAt,
        DateTimeOffset? RevokedAt,
        string KeyHash
    );

    private sealed record Issued(long Id, string Name, string Subject, DateTimeOffset NotAfter, string Certificate, string Key);

    private sealed record Registered(long Id, string Name, string Subject, DateTimeOffset NotAfter);

    private sealed record Revoked(long Id);

    private sealed record Authority(string Certificate);

    public static Command Create(CommandTree tree) =>
        new("cert", "Certificates of programs that call the API")
        {
            CreateIssue(tree),
            CreateRegister(tree),
            CreateList(tree),
            CreateRevoke(tree),
            CreateAuthority(tree),
        };

    private static Command CreateIssue(CommandTree tree)
    {
        var name = new Option<string>("--name") { Description = "What the program is called", Required = true };
        var days = new Option<int>("--days")
        {
            Description = $"How long it is valid, 1 to {IssueCertificate.MaxDays}",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 365,
        };
        var scopes = ScopesOption();
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the two files",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("issue", "Issue a certificate from the installation's own authority; writes NAME.crt and NAME.key")
        {
            name,
            days,
            scopes,
            folder,
        };
        tree.WithExamples(
            command,
            "estafette cert issue --customer 'Maison Alba' --name erp",
            "estafette cert issue --name newsletter --days 90 --scopes campaigns:read,campaigns:write --out /etc/newsletter"
        );
        return tree.Run(
            command,
            (session, result, ct) =>
                IssueAsync(
                    session,
                    new NewIssue(result.GetRequiredValue(name), result.GetValue(days), ScopesOf(result.GetValue(scopes))),
                    session.Console.PathOf(result.GetRequiredValue(folder)),
                    ct
                )
        );
    }

    private static async Task<int> IssueAsync(CommandSession session, NewIssue request, string folder, CancellationToken ct)
    {
        var actor = await ActorAsync(session, ct);
        using var files = CertificateFiles.Reserve(folder, request.Name);
        var issued = await IssueCertificate.RunAsync(
            actor,
            request,
            session.Get<CallerCertificates>(),
            session.Get<DataOptions>(),
            session.Db,
            session.Clock,
            ct
        );
        if (issued.Row is not { } row)
            throw Refused(issued.Wrong);
        files.Write(issued.Certificate, issued.Key);
        session.Console.Done(
            new Issued(row.Id, row.Name, row.Subject, row.NotAfter, files.Certificate, files.Key),
            $"Certificate {row.Id} {row.Name} is in {files.Certificate}, its key in {files.Key}; valid until {Printing.Text(row.NotAfter)}. The key is kept nowhere else."
        );
        return ExitCode.Done;
    }

    private static Command CreateRegister(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Description = "The certificate as PEM, without its key" };
        var name = new Option<string?>("--name") { Description = "What the program is called; default the name in the certificate" };
        var scopes = ScopesOption();
        var command = new Command("register", "Register a certificate that somebody else issued, or a self-signed one")
        {
            file,
            name,
            scopes,
        };
        tree.WithExamples(
            command,
            "estafette cert register erp.pem",
            "estafette cert register erp-2027.pem --name erp --scopes campaigns:read"
        );
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var path = session.Console.PathOf(result.GetRequiredValue(file));
                if (!File.Exists(path))
                    throw new CommandException($"There is no file '{path}', or it may not be read.", ExitCode.Usage);
                var pem = await File.ReadAllTextAsync(path, ct);
                var registered = await ClientCertificates.RegisterAsync(
                    await ActorAsync(session, ct),
                    new NewClientCertificate(result.GetValue(name) ?? NameIn(pem), pem, ScopesOf(result.GetValue(scopes)))
                    {
                        IsTrusted = session.Get<CallerCertificates>().Rule,
                    },
                    session.Db,
                    session.Clock,
                    ct
                );
                if (registered.Certificate is not { } row)
                    throw Refused(registered.Wrong);
                session.Console.Done(
                    new Registered(row.Id, row.Name, row.Subject, row.NotAfter),
                    $"Certificate {row.Id} {row.Name} ({row.Subject}) is registered; valid until {Printing.Text(row.NotAfter)}."
                );
                return ExitCode.Done;
            }
        );
    }

    private static Command CreateList(CommandTree tree) =>
        tree.Run(
            new Command("list", "List the certificates of a customer, newest first"),
            async (session, _, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var rows = await ClientCertificates.ListAsync(customer.Id, session.Db, ct);
                session.Console.List<Row>(
                    [.. rows.Select(c => RowOf(c, session.Clock.GetUtcNow()))],
                    new("id", c => c.Id, Right: true),
                    new("name", c => c.Name),
                    new("subject", c => c.Subject),
                    new("state", c => c.State),
                    new("valid until", c => c.NotAfter),
                    new("scopes", c => c.Scopes.Count == ApiScopes.All.Count ? "all" : string.Join(',', c.Scopes)),
                    new("last used", c => c.LastUsedAt)
                );
                return ExitCode.Done;
            }
        );

    private static Row RowOf(ClientCertificate row, DateTimeOffset now) =>
        new(
            row.Id,
            row.Name,
            row.Subject,
            row.RevokedAt is not null ? "revoked"
                : row.NotAfter <= now ? "expired"
                : row.NotBefore > now ? "not yet valid"
                : "on",
            row.NotBefore,
            row.NotAfter,
            row.Scopes.Split(' '),
            row.LastUsedAt,
            row.RevokedAt,
            row.KeyHash
        );

    private static Command CreateRevoke(CommandTree tree)
    {
        var id = new Argument<long>("ID") { Description = "Number that 'estafette cert list' shows" };
        var command = new Command("revoke", "Refuse a certificate from the next request on") { id };
        tree.WithExamples(command, "estafette cert revoke 12");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var given = result.GetValue(id);
                if (!await ClientCertificates.RevokeAsync(await ActorAsync(session, ct), given, session.Db, session.Clock, ct))
                    throw new CommandException(
                        $"The customer has no certificate {given}. 'estafette cert list' shows those it has.",
                        ExitCode.Usage
                    );
                session.Console.Done(new Revoked(given), $"Certificate {given} is revoked: the next request with it is refused.");
                return ExitCode.Done;
            }
        );
    }

    private static Command CreateAuthority(CommandTree tree)
    {
        var command = new Command(
            "authority",
            "Print the certificate of the installation's own authority, for clients that check our server"
        );
        tree.WithExamples(command, "estafette cert authority > estafette-ca.pem");
        return tree.Run(
            command,
            (session, _, _) =>
            {
                var pem = CertificateAuthority.Show(session.Get<DataOptions>(), session.Clock);
                if (session.Console.Json)
                    session.Console.Done(new Authority(pem), "");
                else
                    session.Console.Out.WriteLine(pem);
                return Task.FromResult(ExitCode.Done);
            }
        );
    }

    private static Option<string?> ScopesOption() =>
        new("--scopes") { Description = "What it may do, separated by commas; default everything", HelpName = "SCOPE,…" };

    private static IReadOnlyCollection<string> ScopesOf(string? given) =>
        given is null ? ApiScopes.All : given.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);

    private static async Task<Actor> ActorAsync(CommandSession session, CancellationToken ct) =>
        new((await session.CustomerAsync(ct)).Id, CommandSession.UserName);

    private static string NameIn(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        }
        catch (CryptographicException)
        {
            // Told with the other faults.
            return "?";
        }
    }

    private static CommandException Refused(IEnumerable<string> wrong) =>
        new($"The certificate was not registered: {string.Join(' ', wrong.Select(Explain))}", ExitCode.Usage);

    private static string Explain(string fault) =>
        fault switch
        {
            "name" => $"The name has 1 to {IssueCertificate.MaxName} characters.",
            "days" => $"It is valid for 1 to {IssueCertificate.MaxDays} days.",
            "scopes" => $"Scopes are: {string.Join(", ", ApiScopes.All)}.",
            "pem" => "The file holds no certificate in PEM.",
            "key" => "The file holds a private key, which we must not have; give the certificate alone.",
            "taken" => "Its key is registered already.",
            "expired" => "It has expired.",
            "number" => $"The customer has {ClientCertificates.MaxCertificates} certificates; revoke some first.",
            "authority" => "No trusted authority issued it (Api:CertificateAuthorities), and Api:CertificateTrust is ca.",
            "subject" => "Another customer has registered its subject.",
            _ => fault + ".",
        };
}

/// <summary>The two files of an issued certificate: made before it is issued, so that nothing is issued that cannot be written; the key is its owner's alone.</summary>
internal sealed class CertificateFiles : IDisposable
{
    private bool _written;

    private CertificateFiles(string certificate, string key) => (Certificate, Key) = (certificate, key);

    public string Certificate { get; }

    public string Key { get; }

    /// <exception cref="CommandException">One of them exists, or the folder cannot be written to.</exception>
    public static CertificateFiles Reserve(string folder, string name)
    {
        var stem = string.Concat(name.Trim().Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).TrimStart('.');
        if (stem.Length == 0)
            throw new CommandException("The name has no letter or digit that a file could be called by.", ExitCode.Usage);
        var files = new CertificateFiles(Path.Combine(folder, stem + ".crt"), Path.Combine(folder, stem + ".key"));
        foreach (var file in (string[])[files.Certificate, files.Key])
            if (File.Exists(file))
                throw new CommandException($"The file '{file}' exists; choose another name or folder.", ExitCode.Usage);
        Directory.CreateDirectory(folder);
        files.Create(files.Key);
        files.Create(files.Certificate);
        return files;
    }

    public void Write(string certificate, string key)
    {
        File.WriteAllText(Key, key);
        File.WriteAllText(Certificate, certificate);
        _written = true;
    }

    private void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (path == Key && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }

    public void Dispose()
    {
        if (_written)
            return;
        File.Delete(Certificate);
        File.Delete(Key);
    }
}
