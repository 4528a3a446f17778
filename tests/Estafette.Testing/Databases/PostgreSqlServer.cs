using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Estafette.Testing.Databases;

/// <summary>
/// A PostgreSQL server of this process alone: an unprivileged child on a free loopback port, its files in a temporary directory.
/// <para>A shell in a session of its own stands between us and the server and reads from a pipe that only we hold. When this process
/// ends, also by <c>kill -9</c>, the pipe closes; the shell then stops the server (again and again: a server that is just starting ignores the
/// first request) and removes its files.</para>
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Script = """
        [ "$(id -u)" != 0 ] || { chown postgres: "$DIR"; as="setpriv --reuid=postgres --regid=postgres --init-groups"; }
        cd /
        $as "$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$DIR/log" 2>&1 || { cat "$DIR/log"; rm -rf "$DIR"; exit 1; }
        $as "$BIN/postgres" -D "$DIR/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 $SETTINGS >"$DIR/log" 2>&1 </dev/null &
        server=$!
        cat >/dev/null
        while kill -INT $server 2>/dev/null; do sleep 0.1; done
        rm -rf "$DIR"
        """;

    private static readonly Lazy<Task<PostgreSqlServer>> SharedServer = new(() => StartAsync(durable: false));

    private readonly Process _shell;
    private readonly string _directory;
    private readonly int _port;
    private int _databases;

    private PostgreSqlServer(Process shell, string directory, int port) => (_shell, _directory, _port) = (shell, directory, port);

    /// <summary>The server all tests of this process share, started at first use; it does not wait for the disk.</summary>
    public static Task<PostgreSqlServer> SharedAsync() => SharedServer.Value;

    /// <summary>Starts a server of one's own; a durable one waits for the disk at each commit, as in production.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or did not start.</exception>
    public static async Task<PostgreSqlServer> StartAsync(bool durable)
    {
        var directory = Directory.CreateTempSubdirectory("estafette-postgres-").FullName;
        var port = FreePort.Next();
        var start = new ProcessStartInfo("setsid", ["bash", "-c", Script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DIR"] = directory;
        start.Environment["BIN"] = Binaries();
        start.Environment["PORT"] = $"{port}";
        start.Environment["SETTINGS"] = durable
            ? "-c shared_buffers=512MB -c max_wal_size=4GB"
            : "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB";
        var server = new PostgreSqlServer(Process.Start(start)!, directory, port);
        await server.WaitAsync();
        return server;
    }

    /// <summary>Connection string of a database of this server.</summary>
    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Include Error Detail=true";

    /// <summary>Creates a database, empty or copied from another one that nobody is connected to, and returns its name.</summary>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(template is null ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        return name;
    }

    /// <summary>Drops a database, ending its connections.</summary>
    public Task DropDatabaseAsync(string database) => ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

    /// <summary>Runs a statement outside the databases of the tests.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private static string Binaries() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0)
                .Select(d => Path.Combine(d, "bin"))
                .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
                ?? throw NotInstalled()
            : throw NotInstalled();

    private static InvalidOperationException NotInstalled() =>
        new("PostgreSQL is not installed. Run ./test, which installs it, or: apt-get install postgresql. Without it: ./test fast.");

    private async Task WaitAsync()
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_shell.HasExited && deadline.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(20);
            }
            catch (NpgsqlException refused)
            {
                var log = Path.Combine(_directory, "log");
                var said = File.Exists(log) ? await File.ReadAllTextAsync(log) : await _shell.StandardOutput.ReadToEndAsync();
                throw new InvalidOperationException($"PostgreSQL did not start on port {_port}: {said}", refused);
            }
        }
    }
}

/// <summary>Loopback ports that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>A port that was free a moment ago.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
