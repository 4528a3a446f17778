using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Web.Public;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Tests.Forms;

/// <summary>The public form pages on a real port, over a test application with a sender and a server for the confirmation mails.</summary>
internal sealed partial class FormSite : IAsyncDisposable
{
    private readonly TestApplication _app;
    private readonly WebApplication _web;

    private FormSite(TestApplication app, WebApplication web)
    {
        (_app, _web) = (app, web);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(web.Urls.First()),
        };
        Http.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (test)");
        Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fr");
    }

    public HttpClient Http { get; }

    public static async Task<FormSite> StartAsync(TestApplication app)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(app.Get<IDbContextFactory<EstafetteDb>>());
        builder.Services.AddSingleton(app.Get<FormTokens>());
        builder.Services.AddSingleton(app.Get<FormMail>());
        builder.Services.AddSingleton(app.Get<SubmissionLimits>());
        builder.Services.AddSingleton(app.Get<TimeProvider>());
        builder.Services.AddSingleton(app.Get<Core.Forms.OptOut.AskToOptOut>());
        builder.Services.AddSingleton(app.Get<Core.Forms.OptOut.ConfirmOptOut>());
        builder.Services.AddSingleton(app.Get<Core.Inbound.Abuse.ReportAbuse>());
        builder.Services.AddSingleton(app.Get<Core.Tracking.TrackingTokens>());
        builder.Services.AddSingleton(app.Store);
        var web = builder.Build();
        web.MapPublicForms();
        await web.StartAsync();
        await using var db = app.OpenDb();
        db.Add(
            new SenderIdentity
            {
                CustomerId = app.Customer,
                Name = "Atelier",
                Email = "bonjour@atelier.test",
                CreatedAt = app.Now,
            }
        );
        db.Add(
            new SendingServer
            {
                CustomerId = app.Customer,
                Name = "Capture",
                Kind = ServerKind.Capture,
                Settings = "{}",
                Active = true,
                CreatedAt = app.Now,
                UpdatedAt = app.Now,
            }
        );
        await db.SaveChangesAsync();
        return new FormSite(app, web);
    }

    /// <summary>Adds a form that leads to one list.</summary>
    public async Task<SignUpForm> AddFormAsync(ListId list, Func<FormDesign, FormDesign>? change = null)
    {
        await using var db = _app.OpenDb();
        var design = FormDefaults.For("Atelier Dupont");
        var input = new FormInput($"Form {await _app.CountAsync("forms")}", [list], change?.Invoke(design) ?? design);
        var actor = new Actor(_app.Customer, "test");
        var saved = await SaveForm.RunAsync(actor, null, input, db, _app.Get<TimeProvider>(), default);
        saved.Errors.ShouldBeEmpty();
        return await db.Set<SignUpForm>().SingleAsync(f => f.Id == saved.Id);
    }

    /// <summary>Opens the form, takes three seconds to fill it and sends it.</summary>
    public async Task<HttpResponseMessage> SignUpAsync(SignUpForm form, string email, params (string, string)[] fields)
    {
        var page = await Http.GetStringAsync($"/f/{form.Token}");
        var shown = Shown().Match(page).Groups[1].Value;
        _app.Clock.Advance(TimeSpan.FromSeconds(3));
        return await PostAsync(form, [("email", email), ("consent", "1"), ("shown", shown), .. fields]);
    }

    public async Task<HttpResponseMessage> PostAsync(SignUpForm form, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)));
        return await Http.PostAsync($"/f/{form.Token}", content);
    }

    /// <summary>The path of the confirmation link in the last mail that was queued.</summary>
    public async Task<string> ConfirmLinkAsync()
    {
        var data = await _app.ScalarAsync<string>("SELECT merge_data FROM single_messages ORDER BY delivery_id DESC LIMIT 1");
        return Link().Match(data!).Value;
    }

    public Task<long> MailsAsync() => _app.CountAsync("single_messages");

    public async Task<HttpStatusCode> ConfirmAsync()
    {
        using var nothing = new FormUrlEncodedContent([new("action", "confirm")]);
        using var answer = await Http.PostAsync(await ConfirmLinkAsync(), nothing);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _web.DisposeAsync();
    }

    [GeneratedRegex("name=\"shown\" value=\"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Shown();

    [GeneratedRegex("/f/[0-9a-f]+/c/[A-Za-z0-9_-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
