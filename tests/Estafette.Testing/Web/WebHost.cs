using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Estafette.Api.Authentication;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Testing.Web;

/// <summary>The whole server on a free loopback port with demo data, background services running.</summary>
public sealed class WebHost : IAsyncDisposable
{
    private readonly TemporaryDirectory? _directory;
    private readonly TestDatabase _database;
    private readonly DataDirectory _data;
    private readonly WebApplication _app;

    private WebHost(TemporaryDirectory? directory, TestDatabase database, DataDirectory data, WebApplication app) =>
        (_directory, _database, _data, _app) = (directory, database, data, app);

    /// <summary>What the server logged as an error so far.</summary>
    public ConcurrentQueue<string> Errors { get; private init; } = [];

    /// <summary>Root of the pages, without a slash at its end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The same over TLS; null unless the settings say Api:TlsListen.</summary>
    public Uri? TlsAddress { get; private set; }

    /// <summary>The one-time password of the demo administrator.</summary>
    public string OneTimePassword { get; private set; } = "";

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts it with a data directory of its own, or with one that is kept and may have been used before.</summary>
    /// <param name="kind">Database of the server.</param>
    /// <param name="kept">Data directory to use and to leave.</param>
    /// <param name="settings">Settings besides those of the data directory and the database.</param>
    public static async Task<WebHost> StartAsync(
        DatabaseKind kind = DatabaseKind.Sqlite,
        string? kept = null,
        params (string Key, string Value)[] settings
    )
    {
        var directory = kept is null ? new TemporaryDirectory() : null;
        var database = await TestDatabase.CreateEmptyAsync(kind);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Data:Directory"] = kept ?? directory!.Path,
                ["Database:Kind"] = $"{kind}",
                ["Database:ConnectionString"] = database.Options.ConnectionString,
            }
        );
        builder.Configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value)));
        var errors = new ErrorLog();
        builder.Logging.ClearProviders().AddProvider(errors);
        var data = DataDirectory.Open(OptionRecords.Read<DataOptions>(builder.Configuration, DataOptions.Section));
        var app = ServerHost.Build(builder);
        app.Urls.Clear();
        app.Urls.Add("http://127.0.0.1:0");
        app.ListenWithTls();
        await Migrator.RunAsync(app.Services.GetRequiredService<Store>(), CancellationToken.None);
        var host = new WebHost(directory, database, data, app)
        {
            Errors = errors.Errors,
            OneTimePassword = await DemoSeeder.RunAsync(app.Services, CancellationToken.None) ?? "",
        };
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        host.Address = new Uri(addresses.Single(a => a.StartsWith("http:", StringComparison.Ordinal)));
        host.TlsAddress = addresses.SingleOrDefault(a => a.StartsWith("https:", StringComparison.Ordinal)) is { } tls ? new Uri(tls) : null;
        return host;
    }

    /// <summary>Adds a user with a password of their own choice.</summary>
    public async Task AddUserAsync(CustomerId customer, string email, UserRole role, string password, bool isOperator = false)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var added = await AddUser.RunAsync(new NewUser(customer, email, role) { IsOperator = isOperator }, users, TimeProvider.System);
        var user = (await users.FindByNameAsync(email))!;
        user.MustChangePassword = false;
        await users.ChangePasswordAsync(user, added.OneTimePassword!, password);
    }

    /// <summary>A browser without script and without automatic redirects.</summary>
    public WebVisitor Visit() => new(Address);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
        await _database.DisposeAsync();
        _directory?.Dispose();
    }
}

/// <summary>Keeps what is logged as an error.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Errors { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
            Errors.Enqueue($"{formatter(state, exception)} {exception}");
    }

    public void Dispose() { }
}

/// <summary>Fetches pages and posts their forms as a browser would, with cookies and the antiforgery token of the page.</summary>
public sealed partial class WebVisitor : IDisposable
{
    private readonly HttpClient _http;
    private readonly CookieContainer _cookies = new();

    internal WebVisitor(Uri address) =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = _cookies })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(30),
        };

    /// <summary>The connection, for requests of another shape.</summary>
    public HttpClient Http => _http;

    /// <summary>The value of a cookie for the root of the site.</summary>
    public string Cookie(string name) => _cookies.GetCookies(_http.BaseAddress!)[name]?.Value ?? "";

    /// <summary>Puts a cookie in, as somebody would who found it elsewhere.</summary>
    public void SetCookie(string name, string value) => _cookies.Add(_http.BaseAddress!, new Cookie(name, value));

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path);

    /// <summary>Loads the page, takes its token and posts the named form.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var values = fields
            .Append(("_handler", form))
            .Append(("__RequestVerificationToken", await TokenAsync(path)))
            .Select(f => new KeyValuePair<string, string>(f.Item1, f.Item2));
        using var content = new FormUrlEncodedContent(values);
        return await _http.PostAsync(path, content);
    }

    /// <summary>The antiforgery token of a page.</summary>
    public async Task<string> TokenAsync(string path)
    {
        var page = await _http.GetStringAsync(path);
        return Token().Match(page).Groups[1].Value;
    }

    /// <summary>Signs in.</summary>
    public Task<HttpResponseMessage> SignInAsync(string email, string password) =>
        PostAsync("/sign-in", "sign-in", ("email", email), ("password", password));

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
