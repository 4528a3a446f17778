using Estafette.Api.Authentication;
using Estafette.Api.OpenApi;
using Estafette.Api.V1;
using Estafette.Api.V3;
using Estafette.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Identity;

namespace Estafette.Api;

/// <summary>The programmatic door.</summary>
internal static class ApiDoor
{
    /// <summary>The scheme that asks for a key or certificate below /api and /v3, and for a session elsewhere.</summary>
    public const string ByDoor = "ByDoor";

    public static AuthenticationBuilder AddApi(this AuthenticationBuilder authentication) =>
        authentication
            .AddScheme<AuthenticationSchemeOptions, ApiAuthentication>(ApiAuthentication.Name, null)
            .AddPolicyScheme(
                ByDoor,
                null,
                policy => policy.ForwardDefaultSelector = http => IsApi(http) ? ApiAuthentication.Name : IdentityConstants.ApplicationScheme
            );

    public static IServiceCollection AddApi(this IServiceCollection services) =>
        services
            .AddTlsListener()
            .AddSingleton<V1Links>()
            .AddSingleton<ApiRates>()
            .AddSingleton<OpenApiDocument>()
            .AddSingleton(InspectEndpoints.Create)
            .AddScoped<CampaignChanges>()
            .AddScoped<MailAdditions>();

    /// <summary>Whether a request is for a program's door.</summary>
    public static bool IsApi(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/api") || http.Request.Path.StartsWithSegments("/v3");

    public static void MapApi(this WebApplication app)
    {
        app.MapGet("/health/ready", () => "ok").AllowAnonymous();
        app.MapV1();
        app.MapCallbacks();
        app.MapV3();
        app.MapOpenApi();
    }

    /// <summary>Keeps the address of the other end, before forwarded headers take its place.</summary>
    public static void UsePeerAddresses(this WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                http.Features.Set(new PeerAddress(http.Connection.RemoteIpAddress));
                return next(http);
            }
        );

    /// <summary>A certificate in a header counts only from the proxies in front: nobody else's reaches the doors.</summary>
    public static void UseCertificateHeader(this WebApplication app)
    {
        var certificates = app.Services.GetRequiredService<CallerCertificates>();
        app.Use(
            (http, next) =>
            {
                certificates.RemoveForeignHeader(http);
                return next(http);
            }
        );
    }

    /// <summary>An answer without content gets the words of the API; a failure of ours its number, never its cause.</summary>
    public static void UseApiErrors(this IApplicationBuilder api) =>
        api.UseProgramHeaders()
            .UseExceptionHandler(failed => failed.Run(TellFailureAsync))
            .UseStatusCodePages(pages => TellAsync(pages.HttpContext));

    private static Task TellFailureAsync(HttpContext http)
    {
        var failure = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (failure is BadHttpRequestException wrong)
            return ApiAnswers.Detail(wrong.StatusCode, Texts.Get("api.bad-request")).ExecuteAsync(http);
        return ApiAnswers
            .Detail(StatusCodes.Status500InternalServerError, Texts.Get("api.failure", http.TraceIdentifier))
            .ExecuteAsync(http);
    }

    private static Task TellAsync(HttpContext http)
    {
        var text = http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Texts.Get("api.not-found"),
            StatusCodes.Status405MethodNotAllowed => Texts.Get("api.method", http.Request.Method),
            _ => Texts.Get("api.bad-request"),
        };
        return ApiAnswers.Detail(http.Response.StatusCode, text).ExecuteAsync(http);
    }
}
