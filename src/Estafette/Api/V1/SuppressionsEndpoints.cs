using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>An address that gets nothing more, as v1 shows it.</summary>
internal sealed record SuppressionView(
    string Url,
    long Id,
    string Channel,
    string Address,
    string Reason,
    string Origin,
    string? Evidence,
    string? Campaign,
    bool Removable,
    DateTimeOffset Date
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "channel",
        "address",
        "reason",
        "origin",
        "evidence",
        "campaign",
        "removable",
        "date",
    ];

    public static SuppressionView Of(SuppressedAddress row, V1Links links) =>
        new(
            links.Suppression(row.Id),
            row.Id,
            V1Words.Of(row.Channel),
            row.AddressKey,
            V1Words.Of(row.Reason),
            V1Words.Of(row.Origin),
            row.Evidence,
            row.CampaignId is { } campaign ? links.Campaign(campaign) : null,
            RemoveSuppression.IsRemovable(row),
            row.CreatedAt
        );
}

/// <summary>Addresses that get nothing more: list, add, take back with a written reason.</summary>
internal static class SuppressionsEndpoints
{
    private const string Tag = "Suppressions";
    private const int MaxText = 1000;

    public static void MapSuppressions(this RouteGroupBuilder group)
    {
        const string one = "/suppressions/{id:long}";
        group
            .MapGet("/suppressions", ListAsync)
            .WithScope(ApiScopes.SuppressionsRead)
            .Describe(
                new ApiDoc(Tag, "List suppressed addresses")
                {
                    Answer = typeof(SuppressionView),
                    IsList = true,
                    Orders = ["date", "address"],
                    Query =
                    [
                        ApiField.Line("search", 254, "Beginning of the address"),
                        ApiField.Line("address", 254),
                        ApiField.Choice("channel", V1Words.All<Channel>()),
                        ApiField.Choice("reason", V1Words.All<SuppressionReason>()),
                        ApiField.Choice("origin", V1Words.All<SuppressionOrigin>()),
                    ],
                }
            );
        group
            .MapPost("/suppressions", AddAsync)
            .WithScope(ApiScopes.SuppressionsWrite)
            .Describe(
                new ApiDoc(Tag, "Suppress an address")
                {
                    Remarks = "opt_out: the person asked for it; its subscriptions end as well. The first reason of an address stays.",
                    Answer = typeof(SuppressionView),
                    Body = new ApiBody(
                        ApiField.Line("address", 254).Required(),
                        ApiField.Choice("channel", V1Words.All<Channel>(), "Default email"),
                        ApiField.Choice("reason", ["manual", "opt_out"], "Default manual"),
                        ApiField.Line("evidence", MaxText, "What proves it")
                    )
                    {
                        Name = "SuppressionInput",
                    },
                    Statuses = [201],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.SuppressionsRead)
            .Describe(new ApiDoc(Tag, "Read a suppression") { Answer = typeof(SuppressionView) });
        group
            .MapDelete(one, RemoveAsync)
            .WithScope(ApiScopes.SuppressionsWrite)
            .Describe(
                new ApiDoc(Tag, "Take a suppression back")
                {
                    Remarks =
                        "Only what is removable: a bounce or a complaint is the word of somebody else. The reason is kept in the audit log.",
                    Query = [ApiField.Line("why", MaxText, "Why the address may be written to again").Required()],
                    Statuses = [204],
                    MayConflict = true,
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links)
    {
        var search = http.Request.Query["search"].ToString();
        if (search.Contains('\0'))
            return Task.FromResult(
                ApiAnswers.Invalid(new FieldFaults().AddText("search", "filter-value", search.Replace("\0", "", StringComparison.Ordinal)))
            );
        var shape = new ListShape<SuppressedAddress>
        {
            DefaultOrder = rows => rows.OrderBy(s => s.Id),
            After = (rows, last) => rows.Where(s => s.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["date"] = (rows, back) => back ? rows.OrderByDescending(s => s.Id) : rows.OrderBy(s => s.Id),
                ["address"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(s => s.AddressKey).ThenByDescending(s => s.Id)
                        : rows.OrderBy(s => s.AddressKey).ThenBy(s => s.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["address"] = (rows, value) =>
                {
                    var key = V1Addresses.KeyOf(value) ?? value;
                    return rows.Where(s => s.AddressKey == key);
                },
                ["channel"] = (rows, word) => V1Words.Read<Channel>(word) is { } channel ? rows.Where(s => s.Channel == channel) : null,
                ["reason"] = (rows, word) =>
                    V1Words.Read<SuppressionReason>(word) is { } reason ? rows.Where(s => s.Reason == reason) : null,
                ["origin"] = (rows, word) =>
                    V1Words.Read<SuppressionOrigin>(word) is { } origin ? rows.Where(s => s.Origin == origin) : null,
            },
            Columns = SuppressionView.Columns,
            Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(s => SuppressionView.Of(s, links))]),
        };
        var rows = ListSuppressions.Filter(http.Caller().Customer, new ListSuppressionsRequest(Search: search), db);
        return V1List.WriteAsync(http, rows.AsNoTracking(), shape);
    }

    private static Task<SuppressedAddress?> FindAsync(long id, HttpContext http, EstafetteDb db) =>
        db.Of<SuppressedAddress>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, http.RequestAborted);

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } row ? ApiAnswers.Ok(SuppressionView.Of(row, links)) : ApiAnswers.NotFound();

    private static async Task<IResult> AddAsync(HttpContext http, EstafetteDb db, WriteQueue writes, V1Links links, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: false, faults).RequireObject();
        var address = fields.Line("address", 254, isRequired: true);
        var channel = fields.Choice<Channel>("channel") ?? Channel.Email;
        SuppressionReason[] told = [SuppressionReason.HardBounce, SuppressionReason.RepeatedSoftBounce, SuppressionReason.Complaint];
        var reason = fields.Choice("reason", told) ?? SuppressionReason.Manual;
        var evidence = fields.Text("evidence", MaxText, isRequired: false);
        if (address is not null && SuppressAddress.KeyOf(channel, address, out _) is null)
            faults.AddText("address", channel == Channel.Email ? "address" : "suppression-address");
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        // What a person asked for by way of the program is its word; the rest was entered by the customer itself.
        var origin = reason == SuppressionReason.OptOut ? SuppressionOrigin.Api : SuppressionOrigin.Manual;
        var request = new SuppressAddressRequest(channel, address!, reason, origin, evidence ?? $"API: {caller.Name}");
        await SuppressAddress.RunAsync(caller.Actor, request, writes, clock, http.RequestAborted);
        var key = SuppressAddress.KeyOf(channel, address!, out _);
        var row = await db.Of<SuppressedAddress>(caller.Customer)
            .AsNoTracking()
            .SingleAsync(s => s.Channel == channel && s.AddressKey == key, http.RequestAborted);
        var view = SuppressionView.Of(row, links);
        return ApiAnswers.Created(http, view.Url, view);
    }

    private static async Task<IResult> RemoveAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } row)
            return ApiAnswers.NotFound();
        var faults = new FieldFaults();
        var query = new FieldReader(V1Query.Of(http), isPartial: false, faults);
        if (!RemoveSuppression.IsRemovable(row))
            return ApiAnswers.Conflict(Texts.Get("api.suppression-kept"));
        if (query.Text("why", MaxText, isRequired: true) is not { } why || faults.Any)
            return ApiAnswers.Invalid(faults);
        var removed = await RemoveSuppression.RunAsync(http.Caller().Actor, id, why, db, clock, http.RequestAborted);
        return !removed.Found ? ApiAnswers.NotFound()
            : removed.IsDone ? Results.NoContent()
            : ApiAnswers.Conflict(Texts.Get("api.suppression-kept"));
    }
}
