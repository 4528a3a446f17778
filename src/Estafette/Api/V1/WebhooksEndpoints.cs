using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Core.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A webhook; the secret is there in the answer to its creation only.</summary>
internal sealed record WebhookView(string Url, long Id, string Target, string[] Events, bool Active, DateTimeOffset CreatedAt)
{
    public required DateTimeOffset? FailingSince { get; init; }
    public required DateTimeOffset? DisabledAt { get; init; }
    public required string Deliveries { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    public static readonly string[] Columns = ["id", "target", "active", "created_at", "failing_since", "disabled_at"];

    public static WebhookView Of(Webhook webhook, V1Links links, string? secret = null) =>
        new(links.Webhook(webhook.Id), webhook.Id, webhook.Url, webhook.Events.Split(' '), webhook.Active, webhook.CreatedAt)
        {
            FailingSince = webhook.FailingSince,
            DisabledAt = webhook.DisabledAt,
            Deliveries = links.Webhook(webhook.Id) + "deliveries/",
            Secret = secret,
        };
}

/// <summary>A call of a webhook with its events.</summary>
internal sealed record WebhookDeliveryView(long Id, string Status, int Attempts, DateTimeOffset CreatedAt)
{
    public required DateTimeOffset? EndedAt { get; init; }
    public required int? Code { get; init; }
    public required string? Answer { get; init; }
    public required long? ReplayOf { get; init; }
    public required JsonElement Events { get; init; }
    public required string Replay { get; init; }

    public static readonly string[] Columns = ["id", "status", "attempts", "created_at", "ended_at", "code", "answer"];

    public static WebhookDeliveryView Of(WebhookDelivery call, V1Links links)
    {
        var status = call.Status switch
        {
            WebhookDeliveryStatus.Answered => "answered",
            WebhookDeliveryStatus.GivenUp => "given_up",
            _ => "waiting",
        };
        return new(call.Id, status, call.Attempts, call.CreatedAt)
        {
            EndedAt = call.EndedAt,
            Code = call.Code,
            Answer = call.Answer,
            ReplayOf = call.ReplayOf,
            Events = JsonSerializer.Deserialize<JsonElement>(call.Payload),
            Replay = $"{links.Webhook(call.WebhookId)}deliveries/{call.Id}/replay/",
        };
    }
}

/// <summary>Webhooks of the customer and their calls.</summary>
internal static class WebhooksEndpoints
{
    private static readonly ApiBody Body = new(
        ApiField.Line("target", SaveWebhook.MaxUrl, "An https address").Required(),
        ApiField.Texts("events", string.Join(", ", WebhookEventNames.All)).Required(),
        ApiField.Flag("active")
    )
    {
        Name = "WebhookInput",
    };

    public static void MapWebhooks(this RouteGroupBuilder group)
    {
        const string one = "/webhooks/{id:long}";
        group
            .MapGet("/webhooks", ListAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "List webhooks") { Answer = typeof(WebhookView), IsList = true });
        group
            .MapPost("/webhooks", AddAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(
                new ApiDoc("Webhooks", "Add a webhook")
                {
                    Answer = typeof(WebhookView),
                    Body = Body,
                    Statuses = [201],
                    Remarks = "The secret is in this answer only.",
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "Read a webhook") { Answer = typeof(WebhookView) });
        group
            .MapPut(one, ChangeAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "Replace a webhook") { Answer = typeof(WebhookView), Body = Body });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "Change a webhook") { Answer = typeof(WebhookView), Body = Body.Partial() });
        group
            .MapDelete(one, DeleteAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "Delete a webhook") { Statuses = [204] });
        group
            .MapGet(one + "/deliveries", CallsAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "List the calls of a webhook") { Answer = typeof(WebhookDeliveryView), IsList = true });
        group
            .MapPost(one + "/deliveries/{call:long}/replay", ReplayAsync)
            .WithScope(ApiScopes.WebhooksManage)
            .Describe(new ApiDoc("Webhooks", "Repeat a call of a webhook") { Answer = typeof(WebhookDeliveryView), Statuses = [201] });
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links) =>
        V1List.WriteAsync(
            http,
            db.Of<Webhook>(http.Caller().Customer).AsNoTracking(),
            new ListShape<Webhook>
            {
                DefaultOrder = list => list.OrderBy(w => w.Id),
                After = (list, last) => list.Where(w => w.Id > last.Id),
                Columns = WebhookView.Columns,
                Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(w => WebhookView.Of(w, links))]),
            }
        );

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } webhook ? ApiAnswers.Ok(WebhookView.Of(webhook, links)) : ApiAnswers.NotFound();

    private static async Task<IResult> AddAsync(
        HttpContext http,
        EstafetteDb db,
        Secrets secrets,
        NetworkOptions network,
        V1Links links,
        TimeProvider clock
    )
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        if (Read(body.Root, null, faults) is not { } input)
            return ApiAnswers.Invalid(faults);
        var saved = await SaveWebhook.AddAsync(http.Caller().Actor, input, db, secrets, network, clock, http.RequestAborted);
        if (saved.Webhook is not { } webhook)
            return Wrong(saved.Wrong, faults);
        return ApiAnswers.Created(http, links.Webhook(webhook.Id), WebhookView.Of(webhook, links, saved.Secret));
    }

    private static async Task<IResult> ChangeAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        NetworkOptions network,
        V1Links links,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db) is not { } known)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        if (Read(body.Root, HttpMethods.IsPatch(http.Request.Method) ? known : null, faults) is not { } input)
            return ApiAnswers.Invalid(faults);
        var saved = await SaveWebhook.ChangeAsync(http.Caller().Actor, id, input, db, network, clock, http.RequestAborted);
        return saved is null ? ApiAnswers.NotFound()
            : saved.Wrong.Count > 0 ? Wrong(saved.Wrong, faults)
            : ApiAnswers.Ok(WebhookView.Of(saved.Webhook!, links));
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock) =>
        await SaveWebhook.DeleteAsync(http.Caller().Actor, id, db, clock, http.RequestAborted)
            ? Results.NoContent()
            : ApiAnswers.NotFound();

    private static async Task<IResult> CallsAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        if (await FindAsync(id, http, db) is null)
            return ApiAnswers.NotFound();
        return await V1List.WriteAsync(
            http,
            WebhookLog.Of(http.Caller().Customer, id, db),
            new ListShape<WebhookDelivery>
            {
                DefaultOrder = list => list.OrderByDescending(d => d.Id),
                After = (list, last) => list.Where(d => d.Id < last.Id),
                Columns = WebhookDeliveryView.Columns,
                Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(d => WebhookDeliveryView.Of(d, links))]),
            }
        );
    }

    private static async Task<IResult> ReplayAsync(
        long id,
        long call,
        HttpContext http,
        EstafetteDb db,
        Signals signals,
        V1Links links,
        TimeProvider clock
    ) =>
        await WebhookLog.ReplayAsync(http.Caller().Actor, id, call, db, signals, clock, http.RequestAborted) is { } again
            ? ApiAnswers.Ok(WebhookDeliveryView.Of(again, links), StatusCodes.Status201Created)
            : ApiAnswers.NotFound();

    private static Task<Webhook?> FindAsync(long id, HttpContext http, EstafetteDb db) =>
        db.Of<Webhook>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, http.RequestAborted);

    /// <summary>What the body says, the rest as it was; null when there are faults.</summary>
    private static WebhookInput? Read(JsonElement body, Webhook? known, FieldFaults faults)
    {
        var fields = new FieldReader(body, isPartial: known is not null, faults).RequireObject();
        var target = fields.Line("target", SaveWebhook.MaxUrl, isRequired: true) ?? known?.Url;
        var events = fields.Texts("events") ?? known?.Events.Split(' ');
        if (events is null && !faults.ByField.ContainsKey("events"))
            faults.AddText("events", "required");
        var active = fields.Flag("active") ?? known?.Active ?? true;
        return faults.Any ? null : new WebhookInput(target!, [.. events!], active);
    }

    private static IResult Wrong(IReadOnlyList<string> wrong, FieldFaults faults)
    {
        foreach (var field in wrong)
            _ = field switch
            {
                "url" => faults.AddText("target", "webhook-url"),
                "events" => faults.AddText("events", "webhook-events", string.Join(", ", WebhookEventNames.All)),
                _ => faults.AddText(FieldFaults.General, "webhook-number", SaveWebhook.MaxWebhooks),
            };
        return ApiAnswers.Invalid(faults);
    }
}
