using System.Net.Sockets;
using Estafette.Testing;
using Estafette.Testing.Databases;

namespace Estafette.EndToEnd.Cli;

/// <summary>The running server: who may use its data, how commands reach it, how it stops.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ServerTests : IAsyncLifetime
{
    private readonly EstafetteProcess _estafette = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _estafette.DisposeAsync();

    [Fact]
    public async Task Commands_run_inside_the_server_that_holds_the_data()
    {
        await _estafette.StartServerAsync();
        (await _estafette.RunAsync("user", "add", "anne@example.org", "--json"))
            .Succeeded()
            .Json.GetProperty("customerId")
            .GetInt64()
            .ShouldBe(1);
        await File.WriteAllTextAsync(_estafette.File("two.csv"), "email\nanne@example.org\npaul@example.org\n");
        (await _estafette.RunAsync("contacts", "import", "two.csv", "--list", "Clients", "--json"))
            .Succeeded()
            .Json.GetProperty("added")
            .GetInt64()
            .ShouldBe(2);
        (await _estafette.RunWithInputAsync("[\"eve@example.org\"]", "contacts", "import", "-", "--list", "Clients", "--json"))
            .Succeeded()
            .Json.GetProperty("added")
            .GetInt64()
            .ShouldBe(1);
        (await _estafette.RunAsync("migrate")).ExitCode.ShouldBe(3);
        (await _estafette.RunAsync("campaign", "show", "7")).ExitCode.ShouldBe(2);
        (await _estafette.StopServerAsync()).ShouldBe(0);
        (await _estafette.RunAsync("contacts", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task Second_server_on_a_data_directory_is_refused()
    {
        await _estafette.StartServerAsync();
        var second = await _estafette.RunAsync("serve", "--urls", "http://127.0.0.1:0");
        second.ExitCode.ShouldBe(3);
        second.Error.ShouldContain(_estafette.Data);
    }

    [Fact]
    public async Task Second_process_on_a_PostgreSQL_database_is_refused_and_takes_over_after_a_kill()
    {
        await using var server = await PostgreSqlServer.StartAsync(durable: false);
        var database = server.ConnectionString(await server.CreateDatabaseAsync());
        string[] settings = ["--Database:Kind=PostgreSql", $"--Database:ConnectionString={database}"];
        await using var first = new EstafetteProcess { Settings = settings };
        await using var second = new EstafetteProcess { Settings = settings };
        await first.StartServerAsync();
        foreach (var command in new string[][] { ["serve", "--urls", "http://127.0.0.1:0"], ["customer", "list"] })
        {
            var refused = await second.RunAsync(command);
            refused.ExitCode.ShouldBe(3);
            refused.Error.ShouldContain("another Estafette process");
            refused.Error.Trim().ShouldNotContain("\n");
        }
        await first.KillServerAsync();
        var without = await second.RunAsync("serve", "--urls", "http://127.0.0.1:0");
        without.ExitCode.ShouldBe(1);
        without.Error.ShouldContain("folder 'keys'");
        foreach (var key in Directory.EnumerateFiles(Path.Combine(first.Data, "keys")))
            File.Copy(key, Path.Combine(second.Data, "keys", Path.GetFileName(key)), overwrite: true);
        await second.StartServerAsync();
        (await second.RunAsync("customer", "list", "--json")).Succeeded();
        (await second.StopServerAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Server_starts_again_after_a_kill()
    {
        await _estafette.StartServerAsync();
        await _estafette.KillServerAsync();
        File.Exists(Path.Combine(_estafette.Data, "control.sock")).ShouldBeTrue();
        (await _estafette.RunAsync("customer", "list", "--json")).Succeeded();
        await _estafette.StartServerAsync();
        (await _estafette.RunAsync("customer", "list", "--json")).Succeeded();
    }

    [Fact]
    public async Task Taken_port_is_one_clear_sentence()
    {
        await _estafette.StartServerAsync();
        await using var other = new EstafetteProcess();
        var refused = await other.RunAsync("serve", "--urls", _estafette.Address.ToString());
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("--urls");
        refused.Error.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public async Task Unreachable_database_is_one_clear_sentence()
    {
        var refused = await _estafette.RunAsync(
            "serve",
            "--Database:Kind=PostgreSql",
            "--Database:ConnectionString=Host=127.0.0.1;Port=1;Username=u;Database=d"
        );
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("Database:ConnectionString");
        refused.Error.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public async Task Control_socket_survives_hostile_callers()
    {
        await _estafette.StartServerAsync();
        var path = Path.Combine(_estafette.Data, "control.sock");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (
            var bytes in new byte[][] { [], [1, 255, 255, 255, 255], [1, 4, 0, 0, 0, 1, 2, 3, 4], [9, 0, 0, 0, 0], [1, 9, 0, 0, 0, 5] }
        )
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            await socket.SendAsync(bytes);
        }
        var silent = new List<Socket>();
        for (var i = 0; i < 8; i++)
        {
            silent.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
            await silent[^1].ConnectAsync(new UnixDomainSocketEndPoint(path));
        }
        (await _estafette.RunAsync("customer", "list", "--json")).Succeeded();
        silent.ForEach(s => s.Dispose());
        await Eventually.TrueAsync(async () => (await _estafette.RunAsync("customer", "list")).ExitCode == 0);
        (await _estafette.StopServerAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Data_directory_with_a_long_path_has_a_control_socket_too()
    {
        await using var deep = new EstafetteProcess { DataName = string.Join('/', Enumerable.Repeat(new string('d', 50), 4)) };
        await deep.StartServerAsync();
        (await deep.RunAsync("customer", "list", "--json")).Succeeded();
        (await deep.StopServerAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Demo_is_ready_to_sign_in()
    {
        await _estafette.StartDemoAsync();
        await Eventually.TrueAsync(() => _estafette.Log.Contains("with the password"));
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = _estafette.Address };
        (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode.ShouldBeTrue();
        (await _estafette.RunAsync("contacts", "list", "--json", "--limit", "5")).Succeeded().Json.GetArrayLength().ShouldBe(5);
        (await _estafette.RunAsync("campaign", "list", "--json"))
            .Succeeded()
            .Json.GetArrayLength()
            .ShouldBe(4, "a draft and three of the past");
        await _estafette.StopServerAsync();
        await _estafette.StartDemoAsync();
        (await _estafette.RunAsync("campaign", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(4, "none comes twice");
    }
}
