using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Recipients;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>The state of a mail: its word, since when, and the far end's own text.</summary>
internal sealed record MailStatus(string Status, DateTimeOffset Date, string RawMsg);

/// <summary>Opens and clicks of a mail whose recipient is tracked.</summary>
internal sealed record MailTracking(DateTimeOffset? Opened, DateTimeOffset? Clicked);

/// <summary>One recipient of a campaign (interfaces §1.7).</summary>
internal sealed record MailView(string Url, string To, DateTimeOffset Date, MailStatus LastStatus)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MailTracking? Tracking { get; init; }

    public static readonly string[] Columns =
    [
        "url",
        "to",
        "date",
        "last_status.status",
        "last_status.date",
        "last_status.raw_msg",
        "tracking.opened",
        "tracking.clicked",
    ];
}

/// <summary>Recipients of a campaign: list, add one or many, take out.</summary>
internal static class MailsEndpoints
{
    public const int MaxBatch = 10_000;

    public static void MapMails(this RouteGroupBuilder group)
    {
        group
            .MapGet("/campaigns/{id:long}/mails", ListAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(
                new ApiDoc("Recipients", "List the recipients of a campaign")
                {
                    Answer = typeof(MailView),
                    IsList = true,
                    Orders = ["date", "to", "last_status"],
                    Query = [ApiField.Choice("last_status", V1Status.MailWords), ApiField.Line("to", 254)],
                }
            );
        group
            .MapPost("/campaigns/{id:long}/mails", AddAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Recipients", "Add a recipient, or up to 10,000")
                {
                    Remarks = "One object or an array. A wrong row refuses the whole array, unless partial=true.",
                    AnswerSchema = "MailsStored",
                    Body = MailAdditions.Body,
                    Query = [ApiField.Flag("partial", "Keep the good rows of an array")],
                    Statuses = [201],
                    MayConflict = true,
                }
            );
        group
            .MapGet("/campaigns/{id:long}/mails/{mail:long}", ShowAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Recipients", "Read a recipient") { Answer = typeof(MailView) });
        group
            .MapDelete("/campaigns/{id:long}/mails/{mail:long}", RemoveAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(new ApiDoc("Recipients", "Take a recipient out before sending") { Statuses = [204], MayConflict = true });
    }

    private static async Task<IResult> ListAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var (customer, campaign) = (http.Caller().Customer, new CampaignId(id));
        if (await CampaignView.FindAsync(customer, campaign, db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        var rows = db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.CampaignId == campaign);
        var shape = new ListShape<DeliveryRecord>
        {
            DefaultOrder = list => list.OrderBy(d => d.Id),
            After = (list, last) => list.Where(d => d.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["date"] = (list, back) => back ? list.OrderByDescending(d => d.Id) : list.OrderBy(d => d.Id),
                ["to"] = (list, back) => back ? list.OrderByDescending(d => d.AddressKey) : list.OrderBy(d => d.AddressKey),
                ["last_status"] = (list, back) =>
                    back ? list.OrderByDescending(d => d.Status).ThenBy(d => d.Id) : list.OrderBy(d => d.Status).ThenBy(d => d.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["last_status"] = FilterByStatus,
                ["to"] = (list, value) => V1Addresses.KeyOf(value) is { } key ? list.Where(d => d.AddressKey == key) : null,
            },
            Columns = MailView.Columns,
            Rows = async (mails, ct) => [.. await ViewsAsync(mails, db, links, ct)],
        };
        return await V1List.WriteAsync(http, rows, shape);
    }

    private static IQueryable<DeliveryRecord>? FilterByStatus(IQueryable<DeliveryRecord> rows, string word)
    {
        var states = V1Status.MailsThatAre(word);
        return states.Count == 0 ? null : rows.Where(d => states.Contains(d.Status));
    }

    private static async Task<IResult> ShowAsync(long id, long mail, HttpContext http, EstafetteDb db, V1Links links)
    {
        var (customer, campaign, delivery) = (http.Caller().Customer, new CampaignId(id), new DeliveryId(mail));
        var rows = await db.Of<DeliveryRecord>(customer)
            .AsNoTracking()
            .Where(d => d.Id == delivery && d.CampaignId == campaign)
            .ToListAsync(http.RequestAborted);
        return rows.Count == 0 ? ApiAnswers.NotFound() : ApiAnswers.Ok((await ViewsAsync(rows, db, links, http.RequestAborted))[0]);
    }

    private static async Task<IResult> RemoveAsync(
        long id,
        long mail,
        HttpContext http,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock
    ) =>
        await RemoveRecipient.RunAsync(http.Caller().Customer, new(id), new(mail), db, writes, clock, http.RequestAborted) switch
        {
            CampaignOutcome.Done => Results.NoContent(),
            CampaignOutcome.NotFound => ApiAnswers.NotFound(),
            _ => ApiAnswers.Conflict(Texts.Get("api.started")),
        };

    private static async Task<IResult> AddAsync(long id, HttpContext http, EstafetteDb db, MailAdditions additions, V1Links links)
    {
        var (customer, campaign) = (http.Caller().Customer, new CampaignId(id));
        if (await CampaignView.FindAsync(customer, campaign, db, http.RequestAborted) is not { } found)
            return ApiAnswers.NotFound();
        if (!found.IsEditable)
            return ApiAnswers.Conflict(Texts.Get("api.started"));
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        return body.Root.ValueKind == JsonValueKind.Array
            ? await additions.AddManyAsync(customer, campaign, body.Root, http.Request.Query["partial"] == "true", http.RequestAborted)
            : await additions.AddOneAsync(http, customer, campaign, body.Root);
    }

    /// <summary>Rows as v1 shows them, with the last word of the far end about each.</summary>
    internal static async Task<List<MailView>> ViewsAsync(
        IReadOnlyList<DeliveryRecord> mails,
        EstafetteDb db,
        V1Links links,
        CancellationToken ct
    )
    {
        var said = await LastWordsAsync(mails, db, ct);
        return [.. mails.Select(m => View(m, said.GetValueOrDefault(m.Id), links))];
    }

    /// <summary>The last word of the far end about each that was tried.</summary>
    internal static async Task<IReadOnlyDictionary<DeliveryId, string>> LastWordsAsync(
        IReadOnlyList<DeliveryRecord> mails,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var tried = mails.Where(m => m.Attempts > 0 || m.Status is not DeliveryStatus.Pending).Select(m => m.Id).ToList();
        var texts = new Dictionary<DeliveryId, (DateTimeOffset At, string Text)>();
        if (tried.Count > 0)
        {
            foreach (
                var attempt in await db.Set<AttemptRecord>()
                    .AsNoTracking()
                    .Where(a => tried.Contains(a.DeliveryId))
                    .Select(a => new
                    {
                        a.DeliveryId,
                        a.StartedAt,
                        a.Text,
                    })
                    .ToListAsync(ct)
            )
                Keep(texts, attempt.DeliveryId, attempt.StartedAt, attempt.Text);
            foreach (
                var fact in await db.Set<DeliveryEvent>()
                    .AsNoTracking()
                    .Where(e => tried.Contains(e.DeliveryId))
                    .Select(e => new
                    {
                        e.DeliveryId,
                        e.At,
                        e.Text,
                    })
                    .ToListAsync(ct)
            )
                Keep(texts, fact.DeliveryId, fact.At, fact.Text);
        }
        return texts.ToDictionary(t => t.Key, t => t.Value.Text);
    }

    private static void Keep(Dictionary<DeliveryId, (DateTimeOffset At, string Text)> texts, DeliveryId id, DateTimeOffset at, string? text)
    {
        if (text is { Length: > 0 } && (!texts.TryGetValue(id, out var known) || known.At <= at))
            texts[id] = (at, text);
    }

    private static MailView View(DeliveryRecord mail, string? said, V1Links links) =>
        new(links.Mail(mail.CampaignId!.Value, mail.Id), mail.Address, mail.CreatedAt, StatusOf(mail, said))
        {
            Tracking = mail.Tracking == DeliveryTracking.Individual ? new MailTracking(mail.OpenedAt, mail.ClickedAt) : null,
        };

    internal static MailStatus StatusOf(DeliveryRecord mail, string? said)
    {
        var raw =
            mail.Status == DeliveryStatus.Suppressed
                ? Texts.Get("api.suppressed-" + mail.Reason.ToString().ToLowerInvariant())
                : said ?? "";
        return new MailStatus(V1Status.Of(mail.Status), mail.StatusAt, raw);
    }
}
