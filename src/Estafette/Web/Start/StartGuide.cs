using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Deliverability;
using Estafette.Demo;
using Estafette.Web.Account;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Start;

/// <summary>One step of the guided start.</summary>
/// <param name="Key">Its words are "start.{Key}", "start.{Key}-text" and "start.{Key}-do".</param>
/// <param name="Href">Where it is done.</param>
/// <param name="Done">Whether the data say that it was done.</param>
public sealed record StartStep(string Key, string Href, bool Done);

/// <summary>What a new customer does first, ticked off by what is stored and not by what was clicked.</summary>
public static class StartGuide
{
    /// <summary>The cookie of a browser whose user does not want to see the steps.</summary>
    public const string Cookie = "estafette.start";

    /// <summary>The steps; null when all are done or the user put them away.</summary>
    internal static async Task<IReadOnlyList<StartStep>?> ReadAsync(Page page)
    {
        if (page.Http.Request.Cookies.ContainsKey(Cookie))
            return null;
        var (customer, db, ct) = (page.Customer, page.Db, page.Gone);
        var sender =
            await db.Of<SenderDomain>(customer).AnyAsync(d => d.DkimActive, ct) && await db.Of<SenderIdentity>(customer).AnyAsync(ct);
        IReadOnlyList<StartStep> steps =
        [
            new("sender", "/domains", sender),
            new("server", "/servers/new", await db.Of<SendingServer>(customer).AnyAsync(s => s.Kind != ServerKind.Capture, ct)),
            new("import", "/imports/new", await db.Of<Subscription>(customer).AnyAsync(s => s.Source != SubscriptionSource.Demo, ct)),
            new(
                "campaign",
                "/campaigns/new",
                await db.Of<Campaign>(customer).AnyAsync(c => c.Status != CampaignStatus.Draft && c.CreatedBy != DemoHistory.Author, ct)
            ),
        ];
        return steps.All(s => s.Done) ? null : steps;
    }

    public static void MapStart(this WebApplication app) =>
        app.MapPost(
                "/start/hide",
                (HttpContext http, [Microsoft.AspNetCore.Mvc.FromForm] string? hide) =>
                {
                    http.Response.Cookies.Append(
                        Cookie,
                        "hidden",
                        new CookieOptions
                        {
                            MaxAge = TimeSpan.FromDays(365),
                            HttpOnly = true,
                            SameSite = SameSiteMode.Lax,
                            Secure = http.Request.IsHttps,
                        }
                    );
                    return Results.LocalRedirect("/");
                }
            )
            .WithAllow(UserRole.Reader);
}
