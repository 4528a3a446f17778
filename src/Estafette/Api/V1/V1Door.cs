using System.Globalization;
using System.Threading.RateLimiting;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Web;

namespace Estafette.Api.V1;

/// <summary>What an endpoint of the API demands of a credential.</summary>
internal sealed record ScopeMetadata(string Scope);

/// <summary>Version 1 of the API: paths, and what all of them have in common.</summary>
internal static class V1Door
{
    public static void MapV1(this WebApplication app)
    {
        var group = app.MapGroup("/api/v1").AddEndpointFilter(CheckAsync);
        group.MapGet("/", Root).WithScope(null).Describe(new ApiDoc("Entry", "Entry points") { AnswerSchema = "EntryPoints" });
        group.MapCustomers();
        group.MapV1Campaigns();
        group.MapMails();
        group.MapMessage();
        group.MapFigures();
        DomainsEndpoints.MapDomains(group);
        group.MapInspect();
        group.MapAttachments();
        group.MapWebhooks();
        group.MapV1Contacts();
        group.MapSubscriptions();
        group.MapContactLists();
        group.MapMembers();
        group.MapSegments();
        group.MapV1Imports();
        group.MapV1Templates();
        group.MapServers();
        group.MapSingleMessages();
        group.MapSuppressions();
        group.MapStatistics();
    }

    /// <summary>The endpoint needs a scope; null: any credential will do.</summary>
    public static TBuilder WithScope<TBuilder>(this TBuilder builder, string? scope)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithMetadata(new ScopeMetadata(scope ?? ""));
        return builder;
    }

    /// <summary>The caller; the endpoint is not reached without one.</summary>
    public static ApiCaller Caller(this HttpContext http) =>
        http.Features.Get<ApiCaller>() ?? throw new InvalidOperationException("The caller is not known yet.");

    /// <summary>The caller understands words that the first clients did not.</summary>
    public static bool IsExtended(this HttpContext http) => http.Request.Headers["X-Estafette-Extended"] == "1";

    internal static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Features.Get<ApiCaller>() is not { } caller)
            return ApiAnswers.Detail(StatusCodes.Status401Unauthorized, Texts.Get("api.unauthorized"));
        var scope = http.GetEndpoint()?.Metadata.GetMetadata<ScopeMetadata>()?.Scope;
        if (scope is null || (scope.Length > 0 && !caller.May(scope)))
            return ApiAnswers.Detail(StatusCodes.Status403Forbidden, Texts.Get("api.scope", scope));
        using var lease = http.RequestServices.GetRequiredService<ApiRates>().Take(caller.Application);
        if (!lease.IsAcquired)
        {
            var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
                ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds))
                : 1;
            http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            return ApiAnswers.Detail(StatusCodes.Status429TooManyRequests, Texts.Get("api.too-many"));
        }
        return await next(context);
    }

    private static IResult Root(HttpContext http, V1Links links) =>
        ApiAnswers.Ok(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["customer"] = links.Customer(http.Caller().Customer),
                ["opt_outs"] = links.OptOuts(http.Caller().Customer),
                ["campaigns"] = links.Campaigns,
                ["domains"] = links.At("domains/"),
                ["contacts"] = links.At("contacts/"),
                ["lists"] = links.At("lists/"),
                ["segments"] = links.At("segments/"),
                ["imports"] = links.At("imports/"),
                ["templates"] = links.At("templates/"),
                ["servers"] = links.At("servers/"),
                ["messages"] = links.At("messages/"),
                ["suppressions"] = links.At("suppressions/"),
                ["webhooks"] = links.At("webhooks/"),
                ["statistics"] = links.At("statistics/days/"),
            }
        );
}

/// <summary>Counts the requests of each application.</summary>
internal sealed class ApiRates(ApiOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(application =>
        RateLimitPartition.GetTokenBucketLimiter(
            application,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.RequestsPerSecond * 10,
                TokensPerPeriod = options.RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }
        )
    );

    public RateLimitLease Take(string application) => _limiter.AttemptAcquire(application);

    public void Dispose() => _limiter.Dispose();
}
