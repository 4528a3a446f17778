namespace Estafette.EndToEnd.Cli;

/// <summary><c>estafette cert</c>, with and without a running server, and a program that uses what it issued.</summary>
[Trait("Category", "EndToEnd")]
public sealed class CertificateTests : IAsyncLifetime
{
    private readonly EstafetteProcess _estafette = new() { Settings = ["--Api:TlsListen=127.0.0.1:0"] };

    public async ValueTask InitializeAsync() => (await _estafette.RunAsync("customer", "add", "Maison Alba")).Succeeded();

    public ValueTask DisposeAsync() => _estafette.DisposeAsync();

    [Fact]
    public async Task Issued_certificate_opens_the_api_of_the_running_server_until_it_is_revoked()
    {
        await _estafette.StartServerAsync();
        var tls = _estafette
            .Log.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            .First(w => w.StartsWith("https://", StringComparison.Ordinal));
        var issued = (await _estafette.RunAsync("cert", "issue", "--name", "erp", "--days", "30", "--out", "keys", "--json")).Succeeded();
        var key = issued.Json.GetProperty("key").GetString()!;
        key.ShouldBe(Path.Combine(_estafette.Folder, "keys", "erp.key"));
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(key).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var authority = (await _estafette.RunAsync("cert", "authority")).Succeeded().Output;
        using var caller = MutualTls.Client(tls, issued.Json, authority);
        (await caller.GetAsync("/api/v1/")).EnsureSuccessStatusCode();

        var id = issued.Json.GetProperty("id").ToString();
        var row = (await _estafette.RunAsync("cert", "list", "--json")).Succeeded().Json[0];
        row.GetProperty("state").GetString().ShouldBe("on");
        (await _estafette.RunAsync("cert", "revoke", id)).Succeeded();
        ((int)(await caller.GetAsync("/api/v1/")).StatusCode).ShouldBe(401);
        (await _estafette.RunAsync("cert", "list", "--json")).Json[0].GetProperty("state").GetString().ShouldBe("revoked");
    }

    [Fact]
    public async Task Files_are_never_overwritten_and_nothing_is_issued_for_wrong_words()
    {
        (await _estafette.RunAsync("cert", "issue", "--name", "erp")).Succeeded();
        var twice = await _estafette.RunAsync("cert", "issue", "--name", "erp");
        twice.ExitCode.ShouldBe(2);
        twice.Error.ShouldContain("erp.crt");
        (await _estafette.RunAsync("cert", "issue", "--name", "x", "--scopes", "fly")).Error.ShouldContain("campaigns:read");
        File.Exists(_estafette.File("x.key")).ShouldBeFalse();
        (await _estafette.RunAsync("cert", "issue", "--name", "y", "--days", "0")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("cert", "revoke", "99")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("cert", "list", "--json")).Json.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Certificate_of_somebody_else_is_registered_once()
    {
        (await _estafette.RunAsync("cert", "issue", "--name", "shop")).Succeeded();
        (await _estafette.RunAsync("cert", "register", "shop.crt")).Error.ShouldContain("registered already");
        (await _estafette.RunAsync("cert", "register", "shop.key")).Error.ShouldContain("private key");
        (await _estafette.RunAsync("cert", "register", "none.pem")).Error.ShouldContain("none.pem");
        (await _estafette.RunAsync("cert", "issue", "--help")).Succeeded().Output.ShouldContain("Examples:");
    }

    [Fact]
    public async Task Rights_of_a_customer_are_set_one_by_one()
    {
        (await _estafette.RunAsync("customer", "rights", "Maison Alba", "--external-opt-out", "on")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("customer", "rights", "Maison Alba", "--attachments", "on")).Succeeded();
        var set = await _estafette.RunAsync(
            "customer",
            "rights",
            "1",
            "--external-opt-out",
            "on",
            "--opt-out-contact",
            "Secrétariat",
            "--json"
        );
        var rights = set.Succeeded().Json.GetProperty("rights");
        rights.GetProperty("mayAttach").GetBoolean().ShouldBeTrue();
        rights.GetProperty("optOutContact").GetString().ShouldBe("Secrétariat");
    }
}
