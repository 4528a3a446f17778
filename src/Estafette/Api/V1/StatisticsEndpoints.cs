using System.Globalization;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>What campaigns did on one day of the customer's zone.</summary>
internal sealed record DayView(
    DateOnly Day,
    long Sent,
    long Delivered,
    long Softbounced,
    long Hardbounced,
    long Opened,
    long Clicked,
    long Unsubscribed,
    long Complained
)
{
    public static readonly string[] Columns =
    [
        "day",
        "sent",
        "delivered",
        "softbounced",
        "hardbounced",
        "opened",
        "clicked",
        "unsubscribed",
        "complained",
    ];

    public static DayView Of(PeriodDay day)
    {
        var f = day.Figures;
        return new(day.Day, f.Sent, f.Delivered, f.SoftBounced, f.HardBounced, f.Opened, f.Clicked, f.Unsubscribed, f.Complained);
    }
}

/// <summary>What the campaigns to one list did.</summary>
internal sealed record ListFiguresView(
    string List,
    string Name,
    int Campaigns,
    long Sent,
    long Delivered,
    long Softbounced,
    long Hardbounced,
    long Opened,
    long Clicked,
    long Unsubscribed,
    long Complained
)
{
    public static readonly string[] Columns = ["list", "name", "campaigns", .. DayView.Columns.Skip(1)];

    public static ListFiguresView Of(PeriodList list, V1Links links)
    {
        var f = list.Figures;
        return new(
            links.List(list.List),
            list.Name,
            list.Campaigns,
            f.Sent,
            f.Delivered,
            f.SoftBounced,
            f.HardBounced,
            f.Opened,
            f.Clicked,
            f.Unsubscribed,
            f.Complained
        );
    }
}

/// <summary>The attempts of one sending server.</summary>
internal sealed record ServerFiguresView(string Server, string Name, long Accepted, long Failed)
{
    public static readonly string[] Columns = ["server", "name", "accepted", "failed"];
}

/// <summary>Figures of all campaigns over a period: by day, by list, by sending server.</summary>
internal static class StatisticsEndpoints
{
    private const string Tag = "Statistics";
    private const int DefaultDays = 30;

    private static readonly ApiField[] Query =
    [
        ApiField.Day("from", "First day; by default 29 days before the last"),
        ApiField.Day("to", "Last day; by default today. At most 366 days together"),
    ];

    public static void MapStatistics(this RouteGroupBuilder group)
    {
        group
            .MapGet("/statistics/days", DaysAsync)
            .WithScope(ApiScopes.StatisticsRead)
            .Describe(
                new ApiDoc(Tag, "Figures by day")
                {
                    Remarks = "Days of the customer's time zone; every day of the period has a row.",
                    Answer = typeof(DayView),
                    IsList = true,
                    Query = Query,
                }
            );
        group
            .MapGet("/statistics/lists", ListsAsync)
            .WithScope(ApiScopes.StatisticsRead)
            .Describe(
                new ApiDoc(Tag, "Figures by list")
                {
                    Remarks = "A campaign to two lists counts for each of them: the rows do not add up to the whole.",
                    Answer = typeof(ListFiguresView),
                    IsList = true,
                    Query = Query,
                }
            );
        group
            .MapGet("/statistics/servers", ServersAsync)
            .WithScope(ApiScopes.StatisticsRead)
            .Describe(
                new ApiDoc(Tag, "Attempts by sending server")
                {
                    Answer = typeof(ServerFiguresView),
                    IsList = true,
                    Query = Query,
                }
            );
    }

    private static async Task<IResult> DaysAsync(HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        var (period, refusal) = await PeriodAsync(http, db, clock);
        if (period is null)
            return refusal!;
        var days = await MeasurePeriod.DaysAsync(http.Caller().Customer, period, db, http.RequestAborted);
        return await V1List.WriteAsync(http, [.. days.Select(DayView.Of)], DayView.Columns);
    }

    private static async Task<IResult> ListsAsync(HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        var (period, refusal) = await PeriodAsync(http, db, clock);
        if (period is null)
            return refusal!;
        var lists = await MeasurePeriod.ListsAsync(http.Caller().Customer, period, db, http.RequestAborted);
        return await V1List.WriteAsync(http, [.. lists.Select(l => ListFiguresView.Of(l, links))], ListFiguresView.Columns);
    }

    private static async Task<IResult> ServersAsync(HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        var (period, refusal) = await PeriodAsync(http, db, clock);
        if (period is null)
            return refusal!;
        var servers = await MeasurePeriod.ServersAsync(http.Caller().Customer, period, db, http.RequestAborted);
        return await V1List.WriteAsync(
            http,
            [.. servers.Select(s => new ServerFiguresView(links.Server(s.Server), s.Name, s.Accepted, s.Failed))],
            ServerFiguresView.Columns
        );
    }

    private static async Task<(Period? Period, IResult? Refusal)> PeriodAsync(HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        var customer = http.Caller().Customer;
        var name = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(http.RequestAborted);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var faults = new FieldFaults();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone).DateTime);
        var to = Day(http, "to", faults) ?? today;
        var from = Day(http, "from", faults) ?? to.AddDays(1 - DefaultDays);
        var period = new Period(from, to, zone);
        if (!faults.Any && period.Days is < 1 or > Period.MaxDays)
            faults.AddText("from", "period", Period.MaxDays);
        return faults.Any ? (null, ApiAnswers.Invalid(faults)) : (period, null);
    }

    /// <summary>A day between 2000 and 2100: arithmetic on it stays inside the calendar.</summary>
    private static DateOnly? Day(HttpContext http, string name, FieldFaults faults)
    {
        if (http.Request.Query[name].ToString() is not { Length: > 0 } text)
            return null;
        if (
            DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= 2000 and <= 2100
        )
            return day;
        faults.AddText(name, "day");
        return null;
    }
}
