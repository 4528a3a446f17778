using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Recipients;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery.Checks;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Campaigns: create, read, change, start, delete (interfaces §1.4 to §1.6).</summary>
internal static class CampaignsEndpoints
{
    public static void MapV1Campaigns(this RouteGroupBuilder group)
    {
        group
            .MapGet("/campaigns", ListAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(
                new ApiDoc("Campaigns", "List campaigns")
                {
                    Answer = typeof(CampaignView),
                    IsList = true,
                    Orders = ["creation_date", "send_date", "completion_date", "name"],
                    Query = [ApiField.Choice("status", V1Status.All), ApiField.Line("name", 120), ApiField.Line("sender_email", 254)],
                }
            );
        group
            .MapPost("/campaigns", CreateAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Campaigns", "Create a campaign")
                {
                    Answer = typeof(CampaignView),
                    Body = CampaignInput.Body,
                    Statuses = [201],
                }
            );
        group
            .MapGet("/campaigns/{id:long}", ShowAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Campaigns", "Read a campaign") { Answer = typeof(CampaignView) });
        group
            .MapPut("/campaigns/{id:long}", (long id, HttpContext http, CampaignChanges changes) => changes.RunAsync(http, id, false))
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Campaigns", "Replace a campaign, or start, pause, resume or end it")
                {
                    Answer = typeof(CampaignView),
                    Body = CampaignInput.Body,
                    MayConflict = true,
                }
            );
        group
            .MapPatch("/campaigns/{id:long}", (long id, HttpContext http, CampaignChanges changes) => changes.RunAsync(http, id, true))
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Campaigns", "Change a campaign, or start, pause, resume or end it")
                {
                    Answer = typeof(CampaignView),
                    Body = CampaignInput.Body.Partial(),
                    MayConflict = true,
                    Remarks = "Starting it also needs the right campaigns:send.",
                }
            );
        group
            .MapDelete("/campaigns/{id:long}", DeleteAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(new ApiDoc("Campaigns", "Delete a campaign that has not started") { Statuses = [204], MayConflict = true });
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, CheckContent checks, V1Links links)
    {
        var extended = http.IsExtended();
        var shape = new ListShape<Campaign>
        {
            DefaultOrder = rows => rows.OrderBy(c => c.Id),
            After = (rows, last) => rows.Where(c => c.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["creation_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id)
                        : rows.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id),
                ["send_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(c => c.LaunchedAt).ThenByDescending(c => c.Id)
                        : rows.OrderBy(c => c.LaunchedAt).ThenBy(c => c.Id),
                ["completion_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(c => c.FinishedAt).ThenByDescending(c => c.Id)
                        : rows.OrderBy(c => c.FinishedAt).ThenBy(c => c.Id),
                ["name"] = (rows, back) =>
                    back ? rows.OrderByDescending(c => c.Name).ThenByDescending(c => c.Id) : rows.OrderBy(c => c.Name).ThenBy(c => c.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["status"] = FilterByStatus,
                ["name"] = (rows, value) => rows.Where(c => c.Name == value),
                ["sender_email"] = (rows, value) => rows.Where(c => c.FromEmail == value),
            },
            Columns = CampaignView.Columns,
            Rows = async (campaigns, ct) =>
            {
                var views = new List<object>(campaigns.Count);
                foreach (var campaign in campaigns)
                    views.Add(CampaignView.Of(campaign, await CampaignView.MessageOfAsync(campaign, checks, ct), extended, links));
                return views;
            },
        };
        return V1List.WriteAsync(http, V1Campaigns.Of(http.Caller().Customer, db).AsNoTracking(), shape);
    }

    private static IQueryable<Campaign>? FilterByStatus(IQueryable<Campaign> rows, string word) =>
        word switch
        {
            V1Status.New => rows.Where(c =>
                (c.Status == CampaignStatus.Draft || c.Status == CampaignStatus.Scheduled)
                && (c.Html == null || c.Html == "")
                && (c.Text == null || c.Text == "")
            ),
            V1Status.MessageOk or V1Status.MessageIssues => rows.Where(c =>
                (c.Status == CampaignStatus.Draft || c.Status == CampaignStatus.Scheduled)
                && ((c.Html != null && c.Html != "") || (c.Text != null && c.Text != ""))
            ),
            V1Status.Sending => rows.Where(c => c.Status == CampaignStatus.Running || c.Status == CampaignStatus.Paused),
            V1Status.Paused => rows.Where(c => c.Status == CampaignStatus.Paused),
            V1Status.Sent => rows.Where(c => c.Status == CampaignStatus.Finished),
            V1Status.Cancelled => rows.Where(c => c.Status == CampaignStatus.Cancelled),
            _ => null,
        };

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        EstafetteDb db,
        SenderChecks senders,
        CheckContent checks,
        V1Links links,
        TimeProvider clock
    )
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == caller.Customer, http.RequestAborted);
        var faults = new FieldFaults();
        var input = CampaignInput.Read(new FieldReader(body.Root, isPartial: false, faults), owner);
        if (input.Status is not (null or V1Status.New) && !faults.ByField.ContainsKey("status"))
            faults.AddText("status", "status-at-creation");
        var warnings = input.SenderEmail is { } sender
            ? await V1Senders.CheckAsync(senders, caller.Customer, sender, faults, http.RequestAborted)
            : [];
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var id = await CreateGivenCampaign.RunAsync(caller.Actor, input.ToEdit(), db, clock, http.RequestAborted);
        var view = await CampaignView.ReadAsync(caller.Customer, id, http, db, checks, links);
        return ApiAnswers.Created(http, view.Url, warnings.Count > 0 ? view with { Warnings = warnings } : view);
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links)
    {
        if (await CampaignView.FindAsync(http.Caller().Customer, new(id), db, http.RequestAborted) is not { } campaign)
            return ApiAnswers.NotFound();
        var message = await CampaignView.MessageOfAsync(campaign, checks, http.RequestAborted);
        return ApiAnswers.Ok(CampaignView.Of(campaign, message, http.IsExtended(), links));
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, WriteQueue writes, TimeProvider clock)
    {
        var caller = http.Caller();
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, http.RequestAborted) is not { } campaign)
            return ApiAnswers.NotFound();
        switch (await DeleteCampaign.RunAsync(caller.Customer, new(id), db, writes, clock, http.RequestAborted))
        {
            case CampaignOutcome.Done:
                db.Add(caller.Actor, "campaign.deleted", $"campaign {id} {campaign.Name}", clock.GetUtcNow());
                await db.SaveChangesAsync(http.RequestAborted);
                return Results.NoContent();
            case CampaignOutcome.NotFound:
                return ApiAnswers.NotFound();
            default:
                return ApiAnswers.Conflict(Texts.Get("api.started"));
        }
    }
}

/// <summary>The checks of a sender's domain in the words of v1.</summary>
internal static class V1Senders
{
    /// <summary>Notes what is wrong with the domain under "sender_email"; returns what could not be found out.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(
        SenderChecks senders,
        CustomerId customer,
        string email,
        FieldFaults faults,
        CancellationToken ct
    )
    {
        var result = await senders.CheckAsync(customer, email, ct);
        foreach (var fault in result.Faults)
            faults.AddText("sender_email", fault.Code, fault.Domain);
        return [.. result.Warnings.Select(w => Texts.Get("api." + w.Code, w.Domain))];
    }
}
