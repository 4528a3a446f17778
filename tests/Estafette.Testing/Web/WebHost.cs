using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Testing.Web;

/// <summary>The whole server on a free loopback port with demo data on SQLite, background services running.</summary>
public sealed class WebHost : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly DataDirectory _data;
    private readonly WebApplication _app;

    private WebHost(TemporaryDirectory directory, DataDirectory data, WebApplication app) =>
        (_directory, _data, _app) = (directory, data, app);

    /// <summary>Root of the pages, without a slash at its end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The one-time password of the demo administrator.</summary>
    public string OneTimePassword { get; private set; } = "";

    public IServiceProvider Services => _app.Services;

    public static async Task<WebHost> StartAsync()
    {
        var directory = new TemporaryDirectory();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Data:Directory"] = directory.Path }
        );
        builder.Logging.ClearProviders();
        var data = DataDirectory.Open(OptionRecords.Read<DataOptions>(builder.Configuration, DataOptions.Section));
        var app = ServerHost.Build(builder);
        app.Urls.Clear();
        app.Urls.Add("http://127.0.0.1:0");
        await Migrator.RunAsync(app.Services.GetRequiredService<Store>(), CancellationToken.None);
        var host = new WebHost(directory, data, app)
        {
            OneTimePassword = await DemoSeeder.RunAsync(app.Services, CancellationToken.None) ?? "",
        };
        await app.StartAsync();
        host.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return host;
    }

    /// <summary>Adds a user with a password of their own choice.</summary>
    public async Task AddUserAsync(CustomerId customer, string email, UserRole role, string password)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var added = await AddUser.RunAsync(new NewUser(customer, email, role), users, TimeProvider.System);
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
        _directory.Dispose();
    }
}

/// <summary>Fetches pages and posts their forms as a browser would, with cookies and the antiforgery token of the page.</summary>
public sealed partial class WebVisitor : IDisposable
{
    private readonly HttpClient _http;

    internal WebVisitor(Uri address) =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = address,
        };

    /// <summary>The connection, for requests of another shape.</summary>
    public HttpClient Http => _http;

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
