using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Numbers of messages.</summary>
internal sealed record StatsCountView(long Total, long Done, long InTransit, long HadDelay);

/// <summary>Seconds from the first attempt to the end.</summary>
internal sealed record StatsTimingView(double? DeliveryTotal, double? DeliveryMedian);

/// <summary>Opens and clicks of recipients that are tracked.</summary>
internal sealed record StatsTrackingView(
    long Opened,
    double? OpenMedianTime,
    IReadOnlyDictionary<string, long> Clicked,
    IReadOnlyDictionary<string, long> ClickedTotal,
    long ViewedInBrowser
);

/// <summary>What became of a campaign in figures.</summary>
internal sealed record StatsView(
    StatsCountView Count,
    IReadOnlyDictionary<string, long> LastStatus,
    StatsTimingView Timing,
    StatsTrackingView Tracking,
    IReadOnlyDictionary<string, long> Optout
);

/// <summary>What became of a campaign: figures, opt-outs, bounces (interfaces §1.12).</summary>
internal static class FiguresEndpoints
{
    public static void MapFigures(this RouteGroupBuilder group)
    {
        group
            .MapGet("/campaigns/{id:long}/stats", StatsAsync)
            .WithScope(ApiScopes.StatisticsRead)
            .Describe(new ApiDoc("Campaigns", "Figures of a campaign") { Answer = typeof(StatsView) });
        foreach (var name in new[] { "opt-outs", "opt_outs" })
            group
                .MapGet("/campaigns/{id:long}/" + name, OptOutsAsync)
                .WithScope(ApiScopes.SuppressionsRead)
                .Describe(
                    new ApiDoc("Campaigns", "List the opt-outs of a campaign")
                    {
                        Answer = typeof(OptOutView),
                        IsList = true,
                        Orders = ["date", "address"],
                        Query = [ApiField.Line("address", 254), ApiField.Line("origin", 30)],
                    }
                );
        group
            .MapGet("/campaigns/{id:long}/bounces", BouncesAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(
                new ApiDoc("Campaigns", "List the bounces of a campaign")
                {
                    Answer = typeof(MailView),
                    IsList = true,
                    Query = [ApiField.Choice("last_status", V1Status.MailWords)],
                }
            );
    }

    private static async Task<IResult> StatsAsync(long id, HttpContext http, EstafetteDb db)
    {
        var (customer, ct) = (http.Caller().Customer, http.RequestAborted);
        if (await CampaignView.FindAsync(customer, new(id), db, ct) is null)
            return ApiAnswers.NotFound();
        var stats = await MeasureCampaign.RunAsync(customer, new(id), db, ct);
        return ApiAnswers.Ok(
            new StatsView(
                new(stats.Total, stats.Done, stats.InTransit, stats.HadDelay),
                V1Status.MailWords.ToDictionary(w => w, w => V1Status.MailsThatAre(w).Sum(s => stats.ByStatus.GetValueOrDefault(s))),
                new(stats.DeliveryTotal, stats.DeliveryMedian),
                new(
                    stats.Opened,
                    stats.OpenMedian,
                    Clicks(stats.Clicked, stats.Links.Select(l => (l.Url, l.Clickers))),
                    Clicks(stats.Links.Sum(l => l.Clicks), stats.Links.Select(l => (l.Url, l.Clicks))),
                    stats.ViewedInBrowser
                ),
                OptOuts(stats.OptOuts)
            )
        );
    }

    private static Dictionary<string, long> Clicks(long any, IEnumerable<(string Url, long Count)> links)
    {
        var clicks = new Dictionary<string, long>(StringComparer.Ordinal) { ["any"] = any };
        foreach (var (url, count) in links)
            clicks[url] = clicks.GetValueOrDefault(url) + count;
        return clicks;
    }

    private static Dictionary<string, long> OptOuts(IReadOnlyDictionary<SuppressionOrigin, long> counts)
    {
        var all = new Dictionary<string, long>(StringComparer.Ordinal) { ["total"] = counts.Values.Sum() };
        foreach (var word in new[] { "web", "mail", "feedback-loop", "abuse", "bounce" })
            all[word] = OptOutView.OriginsOf(word).Sum(o => counts.GetValueOrDefault(o));
        return all;
    }

    private static async Task<IResult> OptOutsAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var (customer, campaign) = (http.Caller().Customer, new CampaignId(id));
        if (await CampaignView.FindAsync(customer, campaign, db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        return await CustomersEndpoints.WriteAsync(http, db.Of<SuppressedAddress>(customer).Where(s => s.CampaignId == campaign), links);
    }

    private static async Task<IResult> BouncesAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var (customer, campaign) = (http.Caller().Customer, new CampaignId(id));
        if (await CampaignView.FindAsync(customer, campaign, db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        DeliveryStatus[] bounced =
        [
            DeliveryStatus.SoftBounced,
            DeliveryStatus.HardBounced,
            DeliveryStatus.Expired,
            DeliveryStatus.Rejected,
        ];
        var shape = new ListShape<DeliveryRecord>
        {
            DefaultOrder = list => list.OrderBy(d => d.Id),
            After = (list, last) => list.Where(d => d.Id > last.Id),
            Filters = new(StringComparer.Ordinal)
            {
                ["last_status"] = (list, word) =>
                {
                    var states = V1Status.MailsThatAre(word);
                    return states.Count == 0 ? null : list.Where(d => states.Contains(d.Status));
                },
            },
            Columns = MailView.Columns,
            Rows = async (mails, ct) => [.. await MailsEndpoints.ViewsAsync(mails, db, links, ct)],
        };
        var rows = db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.CampaignId == campaign && bounced.Contains(d.Status));
        return await V1List.WriteAsync(http, rows, shape);
    }
}
