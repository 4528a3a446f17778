using System.Globalization;
using Estafette.Api;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Web.Account;
using Estafette.Web.Campaigns;
using Estafette.Web.Contacts;
using Estafette.Web.Content;
using Estafette.Web.Dashboard;
using Estafette.Web.Grids;
using Estafette.Web.Media;
using Estafette.Web.Operator;
using Estafette.Web.Returned;
using Estafette.Web.Sending;
using Estafette.Web.Settings;
using Estafette.Web.Start;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Localization;

namespace Estafette.Web;

/// <summary>The pages: Razor components rendered on the server, no state between requests but the cookie of the signed-in user.</summary>
internal static class WebDoor
{
    public static IServiceCollection AddWeb(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddSingleton<Bundle>();
        services.AddScoped<CurrentUser>();
        services.AddSingleton<Campaigns.Editor.EditorPresence>();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "estafette.form";
            antiforgery.Cookie.SameSite = SameSiteMode.Lax;
            // The page itself says who may frame it (SecurityHeaders).
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        services.AddSingleton<DeviceCookies>();
        services.AddSingleton<PasskeyChallenges>();
        services.AddScoped<AccountMails>();
        services.AddScoped<IPasskeyHandler<User>, PasskeyHandler<User>>();
        services.Configure<IdentityPasskeyOptions>(passkeys =>
        {
            // A passkey takes the place of password and code together: it must know who is holding it.
            passkeys.UserVerificationRequirement = "required";
            passkeys.ResidentKeyRequirement = "required";
        });
        services.AddAuthentication(ApiDoor.ByDoor).AddApi().AddCookie(IdentityConstants.ApplicationScheme, Cookie);
        services.AddAuthorization(rules =>
            // What says nothing is closed: a public endpoint says so with AllowAnonymous.
            rules.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()
        );
        services.Configure<RequestLocalizationOptions>(Languages);
        return services;
    }

    public static void MapWeb(this WebApplication app)
    {
        app.UseWhen(IsPage, pages => UseErrorPages(pages).Use(RefuseNul));
        app.UseWhen(ApiDoor.IsApi, api => api.UseApiErrors());
        app.UseRouting();
        app.UseAuthentication();
        app.UseRequestLocalization();
        app.UseAuthorization();
        app.UseWhen(IsPage, pages => pages.UseMiddleware<AccountRules>());
        app.UseAntiforgery();
        app.MapGet("/assets/{name}", (HttpContext http, Bundle bundle, string name) => bundle.ServeAsync(http, name)).AllowAnonymous();
        app.MapPreferences();
        app.MapBrand();
        app.MapOperator();
        app.MapPasskeys();
        app.MapContacts();
        app.MapImports();
        app.MapSuppressions();
        app.MapTemplates();
        app.MapContent();
        app.MapGallery();
        app.MapMedia();
        app.MapOutbox();
        app.MapReturned();
        app.MapCampaigns();
        app.MapViews();
        app.MapStart();
        app.MapLists();
        app.MapReportDocuments();
        app.MapDashboard();
        app.MapRazorComponents<App>();
    }

    /// <summary>The files of the list pages.</summary>
    private static void MapLists(this WebApplication app)
    {
        app.MapGridExport<ContactListRow>(
            "/contacts",
            async (_, scope) => await ContactsGrid.MakeAsync(scope.Customer, scope.Db, scope.Gone)
        );
        app.MapGridExport("/lists", _ => new ListsGrid());
        app.MapGridExport("/imports", _ => new ImportsGrid());
        app.MapGridExport("/suppressions", _ => new SuppressionsGrid());
        app.MapGridExport("/servers", _ => new ServersGrid());
        app.MapGridExport<CapturedLine>("/outbox", async (_, scope) => await OutboxGrid.MakeAsync(scope.Customer, scope.Db, scope.Gone));
        app.MapGridExport("/templates", _ => new TemplatesGrid());
        app.MapGridExport("/settings/audit", _ => new AuditGrid()).WithAllow(UserRole.Administrator);
    }

    /// <summary>An answer without content gets the page that explains it, in the language and the frame of the visitor.</summary>
    private static IApplicationBuilder UseErrorPages(IApplicationBuilder pages) =>
        pages
            .UseSecurityHeaders()
            .UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/not-found", CreateScopeForErrors = true })
            .UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true)
            .Use(
                (http, next) =>
                {
                    // The page that explains is fetched, not posted to, whatever the refused request was.
                    if (
                        http.Features.Get<IStatusCodeReExecuteFeature>() is not null
                        || http.Features.Get<IExceptionHandlerFeature>() is not null
                    )
                        http.Request.Method = HttpMethods.Get;
                    return next(http);
                }
            );

    /// <summary>A NUL in the query string, which PostgreSQL does not take, ends here; in a form the framework refuses it.</summary>
    private static Task RefuseNul(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Query.Any(q => q.Key.Contains('\0') || q.Value.Any(v => v!.Contains('\0'))))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }

    /// <summary>The addresses of the other doors keep their own answers and headers.</summary>
    private static bool IsPage(HttpContext http) =>
        !(
            http.Request.Path.StartsWithSegments("/api")
            || http.Request.Path.StartsWithSegments("/v3")
            || http.Request.Path.StartsWithSegments("/health")
            || http.Request.Path.StartsWithSegments("/o")
            || http.Request.Path.StartsWithSegments("/l")
            || http.Request.Path.StartsWithSegments("/u")
            || http.Request.Path.StartsWithSegments("/w")
            || http.Request.Path.StartsWithSegments("/f")
        );

    private static void Cookie(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "estafette.session";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.LoginPath = "/sign-in";
        cookie.LogoutPath = "/sign-out";
        cookie.AccessDeniedPath = "/forbidden";
        cookie.ReturnUrlParameter = "next";
        cookie.ExpireTimeSpan = SessionKeeper.Idle;
        cookie.SlidingExpiration = true;
        cookie.Events = new CookieAuthenticationEvents { OnValidatePrincipal = SessionCookie.ValidateAsync };
    }

    private static void Languages(RequestLocalizationOptions options)
    {
        var cultures = Texts.Languages.Select(CultureOf).ToList();
        options.DefaultRequestCulture = new RequestCulture(cultures[0]);
        options.SupportedCultures = cultures;
        options.SupportedUICultures = cultures;
        options.RequestCultureProviders =
        [
            new CustomRequestCultureProvider(http => Task.FromResult(Chosen(http.User.FindFirst(UserClaims.Language)?.Value))),
            new CustomRequestCultureProvider(http => Task.FromResult(Chosen(http.Request.Cookies[Preferences.LanguageCookie]))),
            new CustomRequestCultureProvider(http => Task.FromResult(Chosen(Accepted(http)))),
        ];
    }

    private static ProviderCultureResult? Chosen(string? language) =>
        Texts.Languages.Contains(language, StringComparer.Ordinal) ? new ProviderCultureResult(CultureOf(language!).Name) : null;

    /// <summary>The browser's first language that we speak, whatever its country (RFC 9110 §12.5.4).</summary>
    private static string? Accepted(HttpContext http) =>
        http
            .Request.GetTypedHeaders()
            .AcceptLanguage.OrderByDescending(l => l.Quality ?? 1)
            .Select(l => l.Value.Value?.Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(l => Texts.Languages.Contains(l, StringComparer.Ordinal));

    private static CultureInfo CultureOf(string language) => CultureInfo.GetCultureInfo(language == "fr" ? "fr-FR" : "en-GB");
}
